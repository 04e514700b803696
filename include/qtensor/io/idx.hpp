// SPDX-License-Identifier: BSL-1.0
#pragma once
/// \file
/// Bytes from an idx file, the format of MNIST's images and labels (LeCun, Cortes and Burges): 0, 0, type 0x08
/// (unsigned byte), number of axes, their extents as 4 bytes each, most significant first, then the bytes.

#include <array>
#include <cstddef>
#include <cstdint>
#include <fstream>
#include <stdexcept>
#include <string>
#include <vector>

#include "../base/config.hpp"

namespace qtensor::inline QTENSOR_ABI {

/// Bytes of a box, row-major.
struct Bytes {
    std::vector<std::size_t> extents;
    std::vector<std::uint8_t> values;
};

/// Reads an idx file of unsigned bytes. Throws std::runtime_error that names the file and what is wrong with it: it
/// cannot be opened, is compressed or another format, holds another type, names more bytes than follow (or fewer), or
/// an extent of 0.
inline Bytes read_idx(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    if (!file) throw std::runtime_error(path + ": cannot be opened for reading");
    std::array<unsigned char, 4> word{};
    const auto next = [&] {
        file.read(reinterpret_cast<char*>(word.data()), 4);
        if (file.gcount() != 4) throw std::runtime_error(path + ": ends inside the heading of an idx file");
        return (std::size_t{word[0]} << 24) | (std::size_t{word[1]} << 16) | (std::size_t{word[2]} << 8) |
               std::size_t{word[3]};
    };
    next();
    if (word[0] == 0x1f && word[1] == 0x8b) throw std::runtime_error(path + ": is compressed: unpack it first, gunzip");
    if (word[0] != 0 || word[1] != 0) throw std::runtime_error(path + ": is no idx file, which begins with two zeros");
    if (word[2] != 0x08) {
        throw std::runtime_error(path + ": holds numbers of type " + std::to_string(word[2]) +
                                 "; unsigned bytes, type 8, can be read");
    }
    if (word[3] == 0) throw std::runtime_error(path + ": has no axis");
    Bytes bytes;
    std::size_t total = 1;
    for (std::size_t axis = 0, axes = word[3]; axis < axes; ++axis) {
        bytes.extents.push_back(next());
        if (bytes.extents.back() == 0 || __builtin_mul_overflow(total, bytes.extents.back(), &total)) {
            throw std::runtime_error(path + ": axis " + std::to_string(axis) + " has extent " +
                                     std::to_string(bytes.extents.back()) + ", which no file can hold");
        }
    }
    const auto here = file.tellg();
    file.seekg(0, std::ios::end);
    const auto follow = static_cast<std::size_t>(file.tellg() - here);
    if (follow != total) {
        throw std::runtime_error(path + ": its extents make " + std::to_string(total) + " bytes, but " +
                                 std::to_string(follow) + " follow");
    }
    file.seekg(here);
    bytes.values.resize(total);
    file.read(reinterpret_cast<char*>(bytes.values.data()), static_cast<std::streamsize>(total));
    if (!file) throw std::runtime_error(path + ": cannot be read");
    return bytes;
}

}  // namespace qtensor::inline QTENSOR_ABI
