# The programs: one main each in src/bin.
foreach(row IN ITEMS "kepengd|kepengd.cpp|node" "kepeng-cli|kepeng_cli.cpp|cli" "kepeng-util|kepeng_util.cpp|tools")
  string(REPLACE "|" ";" row "${row}")
  list(POP_FRONT row name source)
  if(EXISTS ${CMAKE_SOURCE_DIR}/src/bin/${source})
    kepeng_program(${name} ${source} ${row})
  endif()
endforeach()
