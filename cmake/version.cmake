# TWX_FULL_VERSION, what `twx --version` and the packages say:
#   0.1.0                                at the tag v0.1.0
#   0.1.0+12.gabc1234                    twelve commits later
#   0.1.0-dev.202611211725+gabc1234      without a tag, by the time of the commit, in UTC
#   0.1.0                                where nothing is known of a commit
# git archive fills in cmake/commit.txt, so that a release's sources need no git.
execute_process(
  COMMAND git -C ${PROJECT_SOURCE_DIR} archive HEAD cmake/commit.txt
  COMMAND tar -xO
  OUTPUT_VARIABLE TWX_COMMIT ERROR_QUIET)
if(NOT TWX_COMMIT)
  file(READ ${PROJECT_SOURCE_DIR}/cmake/commit.txt TWX_COMMIT)
endif()

set(TWX_FULL_VERSION ${PROJECT_VERSION})
set(TWX_COMMIT_TIME 0)
set(TWX_COMMITTER "nobody <nobody@example.org>")
if(TWX_COMMIT MATCHES "commit: ([0-9a-f]+)\ntime: ([0-9]+)\n")
  set(TWX_COMMIT_TIME ${CMAKE_MATCH_2})
  set(ENV{SOURCE_DATE_EPOCH} ${TWX_COMMIT_TIME})
  string(TIMESTAMP time %Y%m%d%H%M UTC)
  set(TWX_FULL_VERSION "${PROJECT_VERSION}-dev.${time}+g${CMAKE_MATCH_1}")
endif()
if(TWX_COMMIT MATCHES "tag: v([0-9][^\n]*)-([0-9]+)-(g[0-9a-f]+)\n")
  set(TWX_FULL_VERSION "${CMAKE_MATCH_1}+${CMAKE_MATCH_2}.${CMAKE_MATCH_3}")
elseif(TWX_COMMIT MATCHES "tag: v([0-9][^\n]*)\n")
  set(TWX_FULL_VERSION ${CMAKE_MATCH_1})
endif()
if(TWX_COMMIT MATCHES "committer: ([^\n$]+ <[^\n]+>)")
  set(TWX_COMMITTER "${CMAKE_MATCH_1}")
endif()

# A commit changes what is said.
execute_process(
  COMMAND git -C ${PROJECT_SOURCE_DIR} rev-parse --path-format=absolute --git-path logs/HEAD
  OUTPUT_VARIABLE TWX_GIT_LOG OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET)
if(TWX_GIT_LOG AND EXISTS ${TWX_GIT_LOG})
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${TWX_GIT_LOG})
endif()
