# SPDX-License-Identifier: GPL-2.0-or-later
# Every test of the project: one cmocka program a module, scripts end to end, all under ctest.
if(BUILD_TESTING)
  pkg_check_modules(cmocka REQUIRED IMPORTED_TARGET cmocka)
  file(GLOB units CONFIGURE_DEPENDS tests/unit/test-*.c tests/unit/test-*.cc)
  foreach(unit ${units})
    get_filename_component(name ${unit} NAME_WE)
    add_executable(${name} ${unit})
    if(name MATCHES "^test-xapian-c") # usable alone: nothing of ours beside it
      target_link_libraries(${name} PRIVATE xapian-c PkgConfig::cmocka)
    else()
      target_link_libraries(${name} PRIVATE daemon PkgConfig::cmocka)
    endif()
    target_include_directories(${name} PRIVATE ${CMAKE_SOURCE_DIR})
    target_compile_definitions(${name} PRIVATE SOURCE_DIR="${CMAKE_SOURCE_DIR}")
    add_test(NAME ${name} COMMAND ${name})
    set_tests_properties(${name} PROPERTIES TIMEOUT 300 LABELS unit
      ENVIRONMENT "ASAN_OPTIONS=new_delete_type_mismatch=0") # in Xapian's own Database::check
  endforeach()
  file(GLOB scripts CONFIGURE_DEPENDS tests/e2e/test-*.sh tests/e2e/test-*.py tests/fault/test-*.sh tests/fault/test-*.py)
  foreach(script ${scripts})
    get_filename_component(name ${script} NAME)
    add_test(NAME ${name} COMMAND ${script} WORKING_DIRECTORY ${CMAKE_SOURCE_DIR})
    set_tests_properties(${name} PROPERTIES TIMEOUT 900 LABELS e2e ENVIRONMENT "BIN=${CMAKE_BINARY_DIR}/bin")
  endforeach()
  add_test(NAME layers COMMAND ${CMAKE_SOURCE_DIR}/tests/layers.sh)
endif()
