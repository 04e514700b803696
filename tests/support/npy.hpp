// SPDX-License-Identifier: BSL-1.0
#pragma once
/// \file
/// Reads what numpy.save wrote: version 1 to 3 files of little-endian numbers in C order, flattened. And finds the
/// conformance vectors, which lie beside the repository and need not be there.

#include <bit>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>
#include <stdexcept>
#include <string>
#include <type_traits>
#include <vector>

namespace qtensor_test {

static_assert(std::endian::native == std::endian::little, "the .npy reader copies little-endian numbers");

template <class T> std::string npy_descriptor() {
    const char kind = std::is_floating_point_v<T> ? 'f' : std::is_signed_v<T> ? 'i' : 'u';
    return std::string(sizeof(T) == 1 ? "|" : "<") + kind + std::to_string(sizeof(T));
}

/// The numbers of a .npy file, whose dtype must be T and whose length must be what its header says.
template <class T> std::vector<T> read_npy(const std::filesystem::path& path) {
    std::ifstream file(path, std::ios::binary);
    const std::string bytes((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
    const auto refuse = [&](const char* why) { throw std::runtime_error(path.string() + ": " + why); };
    if (bytes.size() < 12 || bytes.compare(0, 6, "\x93NUMPY") != 0) refuse("not a .npy file");
    const auto byte = [&](std::size_t i) { return static_cast<std::size_t>(static_cast<unsigned char>(bytes[i])); };
    const bool first_version = byte(6) == 1;
    const std::size_t length =
        byte(8) | byte(9) << 8 | (first_version ? std::size_t{0} : byte(10) << 16 | byte(11) << 24);
    const std::size_t start = (first_version ? 10u : 12u) + length;
    if (bytes.size() < start) refuse("the header is cut off");
    const std::string header = bytes.substr(start - length, length);
    if (header.find("'descr': '" + npy_descriptor<T>() + "'") == std::string::npos) refuse("another dtype");
    if (header.find("'fortran_order': False") == std::string::npos) refuse("not in C order");

    const std::size_t open = header.find("'shape': (");
    if (open == std::string::npos) refuse("no shape");
    std::size_t elements = 1;
    for (std::size_t i = open + 10; i < header.size() && header[i] != ')'; ++i) {
        if (header[i] < '0' || header[i] > '9') continue;
        std::size_t extent = 0;
        for (; header[i] >= '0' && header[i] <= '9'; ++i)
            extent = extent * 10 + static_cast<std::size_t>(header[i] - '0');
        elements *= extent;
        if (header[i] == ')') break;
    }
    if (bytes.size() - start != elements * sizeof(T)) refuse("another length than the header says");
    std::vector<T> values(elements);
    if (elements != 0) std::memcpy(values.data(), bytes.data() + start, elements * sizeof(T));
    return values;
}

/// The folder of one suite of conformance vectors: ../shared/vectors/NAME, seen from the root of the repository.
inline std::optional<std::filesystem::path> vector_suite(const std::string& name) {
    const auto here = std::filesystem::absolute(__FILE__).lexically_normal();  // root/tests/support/npy.hpp
    const auto root = here.parent_path().parent_path().parent_path();
    const auto folder = root.parent_path() / "shared" / "vectors" / name;
    std::error_code ignored;
    if (!std::filesystem::is_directory(folder, ignored)) return std::nullopt;
    return folder;
}

/// The folders of a suite that hold cases of one operation: OPERATION_a, OPERATION_b, …
inline std::vector<std::filesystem::path> vector_cases(const std::string& suite, const std::string& operation) {
    std::vector<std::filesystem::path> cases;
    const auto folder = vector_suite(suite);
    if (!folder) return cases;
    for (char letter = 'a'; letter <= 'z'; ++letter) {
        const auto path = *folder / (operation + '_' + letter);
        if (std::filesystem::is_directory(path)) cases.push_back(path);
    }
    return cases;
}

}  // namespace qtensor_test
