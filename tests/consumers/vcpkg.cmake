# SPDX-License-Identifier: BSL-1.0
# Runs packaging/vcpkg/portfile.cmake beside it with the few functions of vcpkg that it calls acted out on this tree. vcpkg's own
# documentation says what they do (https://learn.microsoft.com/vcpkg/maintainers/functions).
function(vcpkg_from_github)
  cmake_parse_arguments(PARSE_ARGV 0 arg "" "OUT_SOURCE_PATH;REPO;REF;SHA512;HEAD_REF" "")
  set(${arg_OUT_SOURCE_PATH} "${QTENSOR_SOURCE}" PARENT_SCOPE)
endfunction()

function(vcpkg_cmake_configure)
  cmake_parse_arguments(PARSE_ARGV 0 arg "" "SOURCE_PATH" "OPTIONS")
  execute_process(COMMAND "${CMAKE_COMMAND}" -G Ninja -S "${arg_SOURCE_PATH}" -B "${CURRENT_PACKAGES_DIR}/../vcpkg-build"
                          "-DCMAKE_INSTALL_PREFIX=${CURRENT_PACKAGES_DIR}" ${arg_OPTIONS} COMMAND_ERROR_IS_FATAL ANY)
endfunction()

function(vcpkg_cmake_install)
  execute_process(COMMAND "${CMAKE_COMMAND}" --install "${CURRENT_PACKAGES_DIR}/../vcpkg-build" COMMAND_ERROR_IS_FATAL ANY)
endfunction()

function(vcpkg_cmake_config_fixup)
  cmake_parse_arguments(PARSE_ARGV 0 arg "" "PACKAGE_NAME;CONFIG_PATH" "")
  if(NOT EXISTS "${CURRENT_PACKAGES_DIR}/${arg_CONFIG_PATH}/qtensorConfig.cmake")
    message(FATAL_ERROR "CONFIG_PATH ${arg_CONFIG_PATH} holds no qtensorConfig.cmake")
  endif()
  file(RENAME "${CURRENT_PACKAGES_DIR}/${arg_CONFIG_PATH}" "${CURRENT_PACKAGES_DIR}/share/${arg_PACKAGE_NAME}")
  # One folder less between the package and its prefix.
  set(targets "${CURRENT_PACKAGES_DIR}/share/${arg_PACKAGE_NAME}/qtensorTargets.cmake")
  set(up "get_filename_component(_IMPORT_PREFIX \"\${_IMPORT_PREFIX}\" PATH)\n")
  file(READ "${targets}" text)
  string(REPLACE "${up}${up}${up}" "${up}${up}" text "${text}")
  file(WRITE "${targets}" "${text}")
endfunction()

function(vcpkg_fixup_pkgconfig)
endfunction()

function(vcpkg_install_copyright)
  cmake_parse_arguments(PARSE_ARGV 0 arg "" "" "FILE_LIST")
  foreach(file IN LISTS arg_FILE_LIST)
    if(NOT EXISTS "${file}")
      message(FATAL_ERROR "there is no ${file}")
    endif()
  endforeach()
endfunction()

set(PORT qtensor)
include("${QTENSOR_SOURCE}/tests/consumers/packaging/vcpkg/portfile.cmake")
if(NOT VCPKG_BUILD_TYPE STREQUAL "release")
  message(FATAL_ERROR "a header-only port builds its release alone")
endif()
