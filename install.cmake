# SPDX-License-Identifier: GPL-2.0-or-later
# What goes where on a machine, and what is made for it: man pages, completions, the commented configuration.
# tests/e2e/test-package-metadata.py holds the list of files; debian/ parts them into packages.
set(DOSSIER_SYSTEM_UNITS ${CMAKE_INSTALL_PREFIX}/lib/systemd/system CACHE PATH "folder of the system's units")
set(share ${CMAKE_INSTALL_DATADIR})
set(made ${CMAKE_BINARY_DIR}/made)
set(products "")

function(make_file file program) # make_file(FILE PROGRAM [WORD…]): what a program of ours prints, made with everything else
  add_custom_command(OUTPUT ${made}/${file} COMMAND ${program} ${ARGN} > ${made}/${file} DEPENDS ${program} VERBATIM)
  set(products ${products} ${made}/${file} PARENT_SCOPE)
endfunction()

install(TARGETS dossierd dossier xapian-c libdossier)
install(FILES include/xapian-c.h include/dossier.h TYPE INCLUDE)
install(DIRECTORY data/ DESTINATION ${share}/dossier FILES_MATCHING PATTERN "*.tsv" PATTERN "*.def" PATTERN sample EXCLUDE)
install(FILES docs/openapi.yaml DESTINATION ${share}/dossier) # GET /v1/openapi.yaml
install(DIRECTORY data/sample DESTINATION ${CMAKE_INSTALL_DOCDIR}/examples)
file(GLOB docs CONFIGURE_DEPENDS README.md docs/*.md)
install(FILES ${docs} TYPE DOC)

foreach(name libdossier xapian-c)
  configure_file(cmake/${name}.pc.in ${made}/${name}.pc @ONLY)
  install(FILES ${made}/${name}.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
endforeach()

add_executable(print-config tools/package/print-config.c)
target_include_directories(print-config PRIVATE ${CMAKE_SOURCE_DIR})
make_file(dossier.ini print-config)
install(FILES ${made}/dossier.ini DESTINATION ${CMAKE_INSTALL_FULL_SYSCONFDIR}/dossier)

set(bash_place bash-completion/completions/dossier)
set(zsh_place zsh/vendor-completions/_dossier)
set(fish_place fish/vendor_completions.d/dossier.fish)
foreach(shell bash zsh fish)
  make_file(completion.${shell} dossier completion ${shell})
  get_filename_component(dir ${${shell}_place} DIRECTORY)
  get_filename_component(name ${${shell}_place} NAME)
  install(FILES ${made}/completion.${shell} DESTINATION ${share}/${dir} RENAME ${name})
endforeach()

find_program(SCDOC scdoc)
file(GLOB pages CONFIGURE_DEPENDS man/*.scd)
if(pages AND SCDOC)
  add_executable(man-tables tools/man-tables.c) # puts the program's own tables into the pages
  target_include_directories(man-tables PRIVATE ${CMAKE_SOURCE_DIR} include)
  target_link_libraries(man-tables PRIVATE PkgConfig::jansson)
  foreach(page ${pages})
    get_filename_component(name ${page} NAME_WLE) # dossier.1
    string(REGEX MATCH "[0-9]$" section ${name})
    add_custom_command(OUTPUT ${made}/${name} DEPENDS man-tables ${page} VERBATIM
      COMMAND man-tables < ${page} > ${made}/${name}.scd COMMAND ${SCDOC} < ${made}/${name}.scd > ${made}/${name})
    list(APPEND products ${made}/${name})
    install(FILES ${made}/${name} DESTINATION ${CMAKE_INSTALL_MANDIR}/man${section})
  endforeach()
endif()

foreach(unit system/dossierd.service system/dossierd.socket user/dossierd.service user/dossierd.socket) # they name whole paths
  file(READ systemd/${unit} text)
  string(REPLACE /usr/bin/ ${CMAKE_INSTALL_FULL_BINDIR}/ text "${text}")
  string(REPLACE /etc/dossier/ ${CMAKE_INSTALL_FULL_SYSCONFDIR}/dossier/ text "${text}")
  file(WRITE ${made}/${unit} "${text}")
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS systemd/${unit})
endforeach()
install(DIRECTORY ${made}/system/ DESTINATION ${DOSSIER_SYSTEM_UNITS})
install(DIRECTORY ${made}/user/ DESTINATION lib/systemd/user)
install(FILES systemd/sysusers.d/dossier.conf DESTINATION lib/sysusers.d)
install(FILES systemd/tmpfiles.d/dossier.conf DESTINATION lib/tmpfiles.d)

add_custom_target(made ALL DEPENDS ${products})
