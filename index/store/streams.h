/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Token streams: the words of each document of a segment in order, and the words themselves. What phrases, NEAR, exact words
 * and wildcards are answered from (Xapian holds stems alone, without positions).
 *
 *	words    numbered by how often they occur: the 192 most frequent take one byte, the next 15,360 two
 *	stream   number of title words, title words, text words
 *
 *	0..191           v                      192..251 b     192 + (first - 192) * 256 + b
 *	252..254 b b     15,552 + …             255 b b b b    the number itself
 */
#ifndef DOSSIER_INDEX_STORE_STREAMS_H
#define DOSSIER_INDEX_STORE_STREAMS_H

#include "base/err.h"
#include "index/store/names.h"

#include <roaring/roaring.h>

struct token_streams;
int streams_map(const char *path, uint32_t n_rows, struct token_streams **out, struct err *err) MUST_CHECK; /* ERR_CORRUPT */
void streams_unmap(struct token_streams *s);

/* Used by segment_word() and the like; see snapshot.h. */
uint32_t streams_word(const struct token_streams *s, struct span folded);
uint32_t streams_n_words(const struct token_streams *s);
struct span streams_word_text(const struct token_streams *s, uint32_t word);
uint32_t streams_word_count(const struct token_streams *s, uint32_t word); /* occurrences in the segment */
size_t streams_words_with_prefix(const struct token_streams *s, struct span folded, uint32_t *v, size_t max);
/* Decodes; *n_title words of title come first, no gap. Returns how many words there are; at most `max` are written. */
size_t streams_read(const struct token_streams *s, uint32_t row, uint32_t *v, size_t max, size_t *n_title);

/*
 * Do words stand in a row in the title, or in the text (unless title_only)? Looks at bytes, decodes next to nothing: the codes of a phrase are
 * looked for by their two most telling neighbour bytes first, for those are found 16 places at a time.
 */
#define STREAMS_PHRASE_MAX 256 /* as much as a phrase can be configured to have */
struct stream_phrase {
	unsigned char codes[5 * STREAMS_PHRASE_MAX];
	size_t n, pair; /* pair: where the two bytes stand in codes */
};
void streams_phrase(struct stream_phrase *k, const uint32_t *words, size_t n); /* more words than STREAMS_PHRASE_MAX: found nowhere */
bool streams_has_phrase(const struct token_streams *s, uint32_t row, const struct stream_phrase *k, bool title_only);
/* Who will look at a row soon calls these a few rows before, so that its bytes are there in time: first where it begins, then the beginning. */
void streams_prefetch_start(const struct token_streams *s, uint32_t row);
void streams_prefetch(const struct token_streams *s, uint32_t row);

/* Building: words by the numbers of `words`; writing ranks them. */
struct stream_builder {
	struct names words;
	struct str count;  /* uint32_t by word */
	struct str tokens; /* uint32_t: the streams, back to back */
	struct str start, n_title; /* uint64_t, uint32_t by row */
};
void stream_builder_row(struct stream_builder *b, const uint32_t *tokens, size_t n, size_t n_title);
uint32_t stream_builder_word(struct stream_builder *b, struct span folded); /* its number; counts it */
int stream_builder_write(struct stream_builder *b, const char *path, struct err *err) MUST_CHECK;
void stream_builder_done(struct stream_builder *b);

/* Merging: the rows of each source in turn; the stream of a row in dead[i] becomes empty. */
int streams_merge(struct token_streams *const *from, const uint32_t *n_rows, const roaring_bitmap_t *const *dead, size_t n, const char *path,
	struct err *err) MUST_CHECK;

#endif
