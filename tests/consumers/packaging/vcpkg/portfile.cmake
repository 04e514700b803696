# SPDX-License-Identifier: BSL-1.0
# Header-only: one build type, nothing compiled. REPO and SHA512 are filled in where a release is published.
set(VCPKG_BUILD_TYPE release)

vcpkg_from_github(
  OUT_SOURCE_PATH SOURCE_PATH
  REPO qtensor/qtensor
  REF "v${VERSION}"
  SHA512 0
  HEAD_REF main
)

vcpkg_cmake_configure(
  SOURCE_PATH "${SOURCE_PATH}"
  OPTIONS
    -DQTENSOR_BUILD_TESTS=OFF
    -DQTENSOR_BUILD_EXAMPLES=OFF
    -DQTENSOR_XSIMD=AUTO
)
vcpkg_cmake_install()
vcpkg_cmake_config_fixup(PACKAGE_NAME qtensor CONFIG_PATH share/cmake/qtensor)
vcpkg_fixup_pkgconfig()
vcpkg_install_copyright(FILE_LIST "${SOURCE_PATH}/LICENSE")
