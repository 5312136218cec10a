// SPDX-License-Identifier: GPL-2.0-or-later
// Lucene 8 as a peer: indexes a corpus, then answers one command a line with "microseconds total".
//   java Peer build INDEX CORPUS.jsonl.tsv THREADS     (rows: id, date as yyyymmdd or 0, leaders with blanks, title, text)
//   java Peer serve INDEX
//     top|QUERY            top 10 by BM25       count|QUERY        exact total
//     facets|QUERY         leaders and months over all matches, exact
//     refine|LEADER|QUERY  the same over the matches with a leader
//     filter|FROM TO LEADER|QUERY                top 10 within dates and with a leader
// QUERY is Lucene syntax, English analyzer (stems, no stop words).
import java.io.*;
import java.nio.charset.StandardCharsets;
import java.nio.file.*;
import java.util.*;
import java.util.concurrent.*;
import java.util.concurrent.atomic.*;
import org.apache.lucene.analysis.*;
import org.apache.lucene.analysis.en.EnglishAnalyzer;
import org.apache.lucene.document.*;
import org.apache.lucene.facet.*;
import org.apache.lucene.facet.sortedset.*;
import org.apache.lucene.index.*;
import org.apache.lucene.queryparser.classic.QueryParser;
import org.apache.lucene.search.*;
import org.apache.lucene.store.MMapDirectory;
import org.apache.lucene.util.BytesRef;

public class Peer {
    static Analyzer analyzer() { return new EnglishAnalyzer(CharArraySet.EMPTY_SET); }

    static void add(IndexWriter w, FacetsConfig config, String line) throws IOException {
        String[] f = line.split("\t", 5);
        Document d = new Document();
        long day = Long.parseLong(f[1]);
        d.add(new StoredField("id", f[0]));
        d.add(new TextField("title", f[3], Field.Store.YES));
        d.add(new TextField("text", f[3] + "\n" + f[4], Field.Store.YES));
        d.add(new NumericDocValuesField("month", day / 100));
        d.add(new NumericDocValuesField("day", day));
        d.add(new LongPoint("day", day));
        for (String l : f[2].split(" "))
            if (!l.isEmpty()) {
                d.add(new SortedSetDocValuesFacetField("leader", l));
                d.add(new StringField("who", l, Field.Store.NO));
            }
        w.addDocument(config.build(d));
    }

    static void build(String index, String corpus, int threads) throws Exception {
        FacetsConfig config = new FacetsConfig();
        config.setMultiValued("leader", true);
        IndexWriterConfig c = new IndexWriterConfig(analyzer());
        c.setRAMBufferSizeMB(256);
        long start = System.nanoTime();
        AtomicLong n = new AtomicLong(), bytes = new AtomicLong();
        try (IndexWriter w = new IndexWriter(new MMapDirectory(Paths.get(index)), c);
             BufferedReader in = Files.newBufferedReader(Paths.get(corpus), StandardCharsets.UTF_8)) {
            BlockingQueue<String> queue = new ArrayBlockingQueue<>(1000);
            ExecutorService pool = Executors.newFixedThreadPool(threads);
            for (int i = 0; i < threads; i++)
                pool.submit(() -> {
                    for (String line; !(line = queue.take()).isEmpty();) {
                        add(w, config, line);
                        n.incrementAndGet();
                        bytes.addAndGet(line.length());
                    }
                    return null;
                });
            for (String line; (line = in.readLine()) != null;)
                queue.put(line);
            for (int i = 0; i < threads; i++)
                queue.put("");
            pool.shutdown();
            pool.awaitTermination(1, TimeUnit.HOURS);
            w.commit();
            double s = (System.nanoTime() - start) / 1e9;
            System.out.printf("indexed %d %.3f %.3f%n", n.get(), s, bytes.get() / 1e6 / s);
            w.forceMerge(1);
        }
    }

    final IndexSearcher searcher;
    final SortedSetDocValuesReaderState state;
    final QueryParser parser = new QueryParser("text", analyzer());

    Peer(String index) throws IOException {
        DirectoryReader r = DirectoryReader.open(new MMapDirectory(Paths.get(index)));
        searcher = new IndexSearcher(r);
        state = new DefaultSortedSetDocValuesReaderState(r);
    }

    Query parse(String q) throws Exception { return q.isEmpty() ? new MatchAllDocsQuery() : parser.parse(q); }

    static class Months extends SimpleCollector {
        NumericDocValues v;
        final HashMap<Long, int[]> counts = new HashMap<>();
        @Override protected void doSetNextReader(LeafReaderContext c) throws IOException { v = DocValues.getNumeric(c.reader(), "month"); }
        @Override public void collect(int doc) throws IOException {
            if (v.advanceExact(doc)) counts.computeIfAbsent(v.longValue(), k -> new int[1])[0]++;
        }
        @Override public ScoreMode scoreMode() { return ScoreMode.COMPLETE_NO_SCORES; }
    }

    long answer(String[] f) throws Exception {
        switch (f[0]) {
        case "top": return searcher.search(parse(f[1]), 10).totalHits.value;
        case "count": return searcher.count(parse(f[1]));
        case "facets": {
            FacetsCollector all = new FacetsCollector();
            Months months = new Months();
            searcher.search(parse(f[1]), MultiCollector.wrap(all, months));
            FacetResult r = new SortedSetDocValuesFacetCounts(state, all).getTopChildren(50, "leader");
            return months.counts.values().stream().mapToLong(x -> x[0]).sum() + (r == null ? 0 : 0);
        }
        case "refine": {
            FacetsCollector all = new FacetsCollector();
            Months months = new Months();
            BooleanQuery.Builder b = new BooleanQuery.Builder().add(parse(f[2]), BooleanClause.Occur.MUST).add(new TermQuery(new Term("who", f[1])), BooleanClause.Occur.FILTER);
            searcher.search(b.build(), MultiCollector.wrap(all, months));
            FacetResult r = new SortedSetDocValuesFacetCounts(state, all).getTopChildren(50, "leader");
            return months.counts.values().stream().mapToLong(x -> x[0]).sum() + (r == null ? 0 : 0);
        }
        case "filter": {
            String[] p = f[1].split(" ");
            BooleanQuery.Builder b = new BooleanQuery.Builder().add(parse(f[2]), BooleanClause.Occur.MUST)
                .add(LongPoint.newRangeQuery("day", Long.parseLong(p[0]), Long.parseLong(p[1])), BooleanClause.Occur.FILTER)
                .add(new TermQuery(new Term("who", p[2])), BooleanClause.Occur.FILTER);
            return searcher.search(b.build(), 10).totalHits.value;
        }
        default: throw new IllegalArgumentException(f[0]);
        }
    }

    public static void main(String[] a) throws Exception {
        if (a[0].equals("build")) {
            build(a[1], a[2], Integer.parseInt(a[3]));
            return;
        }
        Peer p = new Peer(a[1]);
        BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        System.out.println("ready");
        for (String line; (line = in.readLine()) != null;) {
            long t = System.nanoTime(), n;
            try { n = p.answer(line.split("\\|", 3)); } catch (Exception e) { n = -1; System.err.println(line + ": " + e); }
            System.out.println((System.nanoTime() - t) / 1000.0 + " " + n);
        }
    }
}
