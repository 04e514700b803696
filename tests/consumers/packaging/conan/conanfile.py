# SPDX-License-Identifier: BSL-1.0
"""Conan 2 recipe, header-only: `conan create tests/consumers/packaging/conan`. The test builds a consumer of the package."""
import os

from conan import ConanFile
from conan.tools.build import check_min_cppstd
from conan.tools.files import copy
from conan.tools.layout import basic_layout


class QtensorConan(ConanFile):
    name = "qtensor"
    version = "0.1.0"
    description = "Quantized tensor math, header-only C++20"
    license = "BSL-1.0"
    package_type = "header-library"
    settings = "os", "arch", "compiler", "build_type"
    options = {"with_xsimd": [True, False]}
    default_options = {"with_xsimd": False}
    no_copy_source = True

    def export_sources(self):
        root = os.path.join(self.recipe_folder, "..", "..", "..", "..")
        copy(self, "include/*", root, self.export_sources_folder)
        copy(self, "LICENSE", root, self.export_sources_folder)

    def layout(self):
        basic_layout(self)

    def requirements(self):
        if self.options.with_xsimd:
            self.requires("xsimd/[>=8.1]")

    def validate(self):
        check_min_cppstd(self, 20)

    def package(self):
        copy(self, "LICENSE", self.source_folder, os.path.join(self.package_folder, "licenses"))
        copy(self, "*.hpp", os.path.join(self.source_folder, "include"), os.path.join(self.package_folder, "include"))

    def package_id(self):
        self.info.clear()

    def package_info(self):
        self.cpp_info.bindirs = []
        self.cpp_info.libdirs = []
        if not self.options.with_xsimd:
            self.cpp_info.defines = ["QTENSOR_NO_XSIMD"]
        self.cpp_info.set_property("cmake_file_name", "qtensor")
        self.cpp_info.set_property("cmake_target_name", "qtensor::qtensor")
        self.cpp_info.set_property("cmake_target_aliases", ["qtensor::host"])
        self.cpp_info.set_property("pkg_config_name", "qtensor")
