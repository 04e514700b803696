#!/usr/bin/env python3
# SPDX-License-Identifier: BSL-1.0
"""Runs packaging/conan/conanfile.py with the few functions of Conan that it calls acted out, as vcpkg.cmake does for vcpkg, and
prints the flags that a consumer of the package gets. Conan's own documentation says what they do
(https://docs.conan.io/2/reference/conanfile/methods.html).

    conan.py FOLDER
"""
import importlib.util
import pathlib
import shutil
import sys
import types

HERE = pathlib.Path(__file__).resolve().parent
RECIPE = HERE / "packaging" / "conan" / "conanfile.py"


def copy(_, pattern, source, target):
    for path in list(pathlib.Path(source).rglob(pattern.rsplit("/", 1)[-1])):  # the copies lie below it
        relative = path.relative_to(source)
        if path.is_file() and (relative.match(pattern) or relative.as_posix().startswith(pattern.partition("*")[0])):
            (pathlib.Path(target) / relative).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(path, pathlib.Path(target) / relative)


class CppInfo(types.SimpleNamespace):
    properties = {}

    def set_property(self, name, value):
        self.properties[name] = value


def acted_out():
    def module(name, **content):
        sys.modules[name] = types.ModuleType(name)
        vars(sys.modules[name]).update(content)

    module("conan", ConanFile=object)
    module("conan.tools")
    module("conan.tools.build", check_min_cppstd=lambda _, standard: standard)
    module("conan.tools.files", copy=copy)
    module("conan.tools.layout", basic_layout=lambda _: None)


def main(folder):
    acted_out()
    spec = importlib.util.spec_from_file_location("recipe", RECIPE)
    recipe = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(recipe)
    package = recipe.QtensorConan()
    package.options = types.SimpleNamespace(**package.default_options)
    package.cpp_info = CppInfo(includedirs=["include"], defines=[])
    package.recipe_folder = str(RECIPE.parent)
    package.source_folder = package.export_sources_folder = str(folder / "source")
    package.package_folder = str(folder / "package")
    package.export_sources()
    package.layout()
    package.requirements() if package.options.with_xsimd else None
    package.validate()
    package.package()
    package.package_info()
    if not (folder / "package" / "licenses" / "LICENSE").is_file():
        sys.exit("the package has no licence")
    for directory in package.cpp_info.includedirs:
        print(f"-I{folder / 'package' / directory}", end=" ")
    print(" ".join(f"-D{name}" for name in package.cpp_info.defines))


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]).resolve())
