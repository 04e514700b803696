#!/usr/bin/env bash
# SPDX-License-Identifier: BSL-1.0
# Uses the library in every way that its README promises, each in an empty folder:
#
#   add_subdirectory, FetchContent, find_package (an installed prefix, moved after its installation), pkg-config, a bare -I
#   with every compiler, and the package recipes (with the functions of vcpkg and Conan acted out; Conan itself too where it is installed)
#
# The last line is 'N passed, N failed, N skipped'.
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.." || exit 1
root="$PWD"
here="$root/tests/consumers"
source tests/support/checks.sh consumers
refused() { ! "$@"; }

build_and_run() {  # FOLDER CMAKE-ARGUMENT...
    local folder="$1" variant
    shift
    cmake -G Ninja -S "$here" -B "$folder" "$@" && cmake --build "$folder" && "$folder/consumer" && "$folder/core_only" || return 1
    if [[ -x "$folder/on_openmp" ]]; then "$folder/on_openmp" || return 1; fi
    [[ -x "$folder/dispatched" ]] || return 0
    for variant in base sse41; do  # every processor that builds this runs them
        QTENSOR_ARCH=$variant "$folder/dispatched" | grep -qx "variant  $variant" || [[ "$(uname -m)" != x86_64 ]] || return 1
    done
}

# ---- CMake ------------------------------------------------------------------------------------------------------

check "add_subdirectory" build_and_run "$out/sub" -DWAY=add_subdirectory -DQTENSOR_SOURCE="$root"
check "add_subdirectory, for the machine's own instructions" \
    build_and_run "$out/sub_native" -DWAY=add_subdirectory -DQTENSOR_SOURCE="$root" \
    "-DCMAKE_CXX_FLAGS=-march=native -Wno-uninitialized -Wno-maybe-uninitialized"
check "FetchContent" build_and_run "$out/fetch" -DWAY=FetchContent -DQTENSOR_SOURCE="$root"

check "install" bash -c "cmake -G Ninja -S '$root' -B '$out/build' -DQTENSOR_BUILD_TESTS=OFF -DQTENSOR_BUILD_EXAMPLES=OFF &&
    cmake --install '$out/build' --prefix '$out/first'"
check "the tree of an installation is the tree of headers" \
    diff <(cd include && find . -name '*.hpp' | sort) <(cd "$out/first/include" && find . -type f | sort)
mv "$out/first" "$out/moved prefix"
prefix="$out/moved prefix"
find_package=(-DWAY=find_package "-DCMAKE_PREFIX_PATH=$prefix")
check "find_package" build_and_run "$out/find" "${find_package[@]}"
check "find_package of this version, with components" \
    build_and_run "$out/find2" "${find_package[@]}" -DQTENSOR_WANTED_VERSION=0.1 "-DQTENSOR_COMPONENTS=qtensor;host"
check "find_package with OpenMP" \
    bash -c "$(declare -f build_and_run); here='$here'; build_and_run '$out/find_openmp' $(printf '%q ' "${find_package[@]}") \
    -DQTENSOR_COMPONENTS=openmp && [[ -x '$out/find_openmp/on_openmp' ]]"
check "find_package of another version is refused" \
    refused cmake -G Ninja -S "$here" -B "$out/find3" "${find_package[@]}" -DQTENSOR_WANTED_VERSION=0.9
check "find_package of an unknown component is refused" \
    refused cmake -G Ninja -S "$here" -B "$out/find4" "${find_package[@]}" -DQTENSOR_COMPONENTS=gpu

# ---- pkg-config and a bare -I -----------------------------------------------------------------------------------

warnings=(-Wall -Wextra -Wpedantic -Wconversion -Wshadow -Werror)
with_pkg_config() {
    local flags
    flags="$(PKG_CONFIG_PATH="$prefix/share/pkgconfig" pkg-config --cflags "qtensor >= 0.1")" || return 1
    # The prefix has a space in its name on purpose; pkg-config escapes it.
    eval "g++ -std=c++20 $flags ${warnings[*]} '$here/main.cpp' '$here/other.cpp' -o '$out/by_pc'" && "$out/by_pc"
}
if command -v pkg-config >/dev/null; then check "pkg-config" with_pkg_config; else skip "pkg-config is not installed"; fi

bare() {  # COMPILER FLAG...
    "$@" -std=c++20 -I "$root/include" "${warnings[@]}" "$here/main.cpp" "$here/other.cpp" -o "$out/bare" && "$out/bare"
}
for compiler in g++ clang++ clang++-19; do
    if command -v "$compiler" >/dev/null; then
        check "a bare -I, $compiler" bare "$compiler"
        check "a bare -I, $compiler, without xsimd and for AVX2" bare "$compiler" -DQTENSOR_NO_XSIMD -mavx2 -mfma -mf16c
    else
        skip "a bare -I: $compiler is not installed"
    fi
done

# ---- package managers -------------------------------------------------------------------------------------------

check "vcpkg's port, its functions acted out" \
    cmake "-DQTENSOR_SOURCE=$root" "-DCURRENT_PACKAGES_DIR=$out/vcpkg" -P "$here/vcpkg.cmake"
check "find_package of what vcpkg's port installs" build_and_run "$out/by_vcpkg" -DWAY=find_package "-DCMAKE_PREFIX_PATH=$out/vcpkg"
check "vcpkg's manifest is JSON and names this version" python3 -c "
import json, re
manifest = json.load(open('tests/consumers/packaging/vcpkg/vcpkg.json'))
version = re.search(r'VERSION (\d+\.\d+\.\d+)', open('CMakeLists.txt').read()).group(1)
assert manifest['name'] == 'qtensor' and manifest['version'] == version, manifest"
check "the Conan recipe is Python and names this version" python3 -c "
import ast, re
text = open('tests/consumers/packaging/conan/conanfile.py').read()
ast.parse(text)
version = re.search(r'VERSION (\d+\.\d+\.\d+)', open('CMakeLists.txt').read()).group(1)
assert re.search(r'version = \"' + version + '\"', text)"
from_conan() {
    local flags
    flags="$(python3 "$here/conan.py" "$out/by_conan")" || return 1
    # shellcheck disable=SC2086
    g++ -std=c++20 $flags "${warnings[@]}" "$here/main.cpp" "$here/other.cpp" -o "$out/by_conan/consumer" && "$out/by_conan/consumer"
}
check "what the Conan recipe packages, Conan's functions acted out" from_conan
with_conan() {
    export CONAN_HOME="$out/conan"
    conan profile detect && conan create tests/consumers/packaging/conan --build=missing -s compiler.cppstd=20
}
if command -v conan >/dev/null; then check "Conan" with_conan; else skip "conan is not installed"; fi

tally
