// SPDX-License-Identifier: BSL-1.0
#pragma once
/// \file
/// Numbers from a .npy file as numpy.save writes it (format 1.0 to 3.0, NEP 1), as floats: float32, float64, and
/// integers of 8 to 64 bits, of either byte order, C order or Fortran order (which is turned).

#include <bit>
#include <charconv>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "../base/config.hpp"

namespace qtensor::inline QTENSOR_ABI {

/// Real numbers of a box, row-major.
struct Numbers {
    std::vector<std::size_t> extents;
    std::vector<float> values;
};

namespace detail {

/// One .npy file, its heading and its bytes.
class NpyReader {
public:
    explicit NpyReader(const std::string& path) : path_(path) {
        std::ifstream file(path, std::ios::binary);
        if (!file) refuse("cannot be opened for reading");
        bytes_.assign(std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>());
    }

    Numbers read() {
        if (bytes_.compare(0, 6, "\x93NUMPY") != 0) refuse("is no .npy file, which begins with \\x93NUMPY");
        const std::size_t version = byte(6), width = version == 1 ? 2 : 4;
        if (version < 1 || version > 3)
            refuse("has format version " + std::to_string(version) + "; 1 to 3 can be read");
        std::size_t length = 0;
        for (std::size_t i = 0; i < width; ++i) length |= byte(8 + i) << (8 * i);
        const std::size_t start = 8 + width + length;
        if (start > bytes_.size()) refuse("ends inside its heading");
        heading_ = std::string_view(bytes_).substr(8 + width, length);

        const std::string_view type = quoted("descr");
        const std::size_t size =
            type.size() == 3 && type[2] >= '1' && type[2] <= '8' ? static_cast<std::size_t>(type[2] - '0') : 0;
        const bool real = type.size() == 3 && type[1] == 'f' && (size == 4 || size == 8);
        const bool whole = type.size() == 3 && (type[1] == 'i' || type[1] == 'u') && std::has_single_bit(size);
        if (!real && !whole) {
            refuse("holds numbers of type \"" + std::string(type) +
                   "\"; float32, float64 and integers of 8 to 64 bits can be read");
        }
        if (type[0] != '<' && type[0] != '>' && type[0] != '|') refuse("names no byte order");

        Numbers numbers;
        numbers.extents = shape();
        std::size_t total = 1;
        for (const std::size_t extent : numbers.extents) {
            if (__builtin_mul_overflow(total, extent, &total)) refuse("has more elements than can be counted");
        }
        if (total > (bytes_.size() - start) / size || total * size != bytes_.size() - start) {
            refuse("has " + std::to_string(bytes_.size() - start) + " bytes of numbers, its shape makes " +
                   std::to_string(total) + " of " + std::to_string(size));
        }
        numbers.values.resize(total);
        const bool turned = after("fortran_order").substr(0, 4) == "True";
        for (std::size_t i = 0; i < total; ++i)
            numbers.values[turned ? row_major(i, numbers.extents) : i] = number(start + i * size, size, type);
        return numbers;
    }

private:
    [[noreturn]] void refuse(const std::string& why) const { throw std::runtime_error(path_ + ": " + why); }
    std::size_t byte(std::size_t at) const {
        if (at >= bytes_.size()) refuse("ends inside its heading");
        return static_cast<unsigned char>(bytes_[at]);
    }

    /// The heading behind 'key':.
    std::string_view after(std::string_view key) const {
        const std::size_t at = heading_.find("'" + std::string(key) + "':");
        if (at == std::string_view::npos) refuse("has no '" + std::string(key) + "' in its heading");
        std::string_view rest = heading_.substr(at + key.size() + 3);
        while (!rest.empty() && rest.front() == ' ') rest.remove_prefix(1);
        return rest;
    }
    std::string_view quoted(std::string_view key) const {
        const std::string_view rest = after(key);
        const std::size_t end = rest.empty() || rest[0] != '\'' ? std::string_view::npos : rest.find('\'', 1);
        if (end == std::string_view::npos) refuse("holds records or names no type");
        return rest.substr(1, end - 1);
    }
    std::vector<std::size_t> shape() const {
        std::string_view rest = after("shape");
        const std::size_t end = rest.find(')');
        if (rest.empty() || rest[0] != '(' || end == std::string_view::npos) refuse("has no shape");
        rest = rest.substr(1, end - 1);
        std::vector<std::size_t> extents;
        while (!rest.empty()) {
            std::size_t extent = 0;
            const auto [next, error] = std::from_chars(rest.data(), rest.data() + rest.size(), extent);
            if (error != std::errc{}) refuse("has a shape with \"" + std::string(rest) + "\" in it");
            extents.push_back(extent);
            rest.remove_prefix(static_cast<std::size_t>(next - rest.data()));
            while (!rest.empty() && (rest[0] == ',' || rest[0] == ' ')) rest.remove_prefix(1);
        }
        return extents;
    }

    /// Where the i-th number of a file in Fortran order belongs.
    static std::size_t row_major(std::size_t i, const std::vector<std::size_t>& extents) {
        std::size_t place = 0, stride = 1;
        for (const std::size_t extent : extents) stride *= extent;
        for (const std::size_t extent : extents) {
            stride /= extent;
            place += i % extent * stride;
            i /= extent;
        }
        return place;
    }

    float number(std::size_t at, std::size_t size, std::string_view type) const {
        std::uint64_t word = 0;
        for (std::size_t i = 0; i < size; ++i)
            word |= std::uint64_t{byte(at + i)} << (8 * (type[0] == '>' ? size - 1 - i : i));
        if (type[1] == 'u') return static_cast<float>(word);
        if (type[1] == 'i') {
            const auto shift = static_cast<unsigned>(64 - 8 * size);
            return static_cast<float>(static_cast<std::int64_t>(word << shift) >> shift);
        }
        const double value = size == 8 ? std::bit_cast<double>(word)
                                       : static_cast<double>(std::bit_cast<float>(static_cast<std::uint32_t>(word)));
        const auto narrow = static_cast<float>(value);
        if (!std::isfinite(narrow)) refuse("holds " + std::to_string(value) + ", which is no finite float");
        return narrow;
    }

    std::string path_, bytes_;
    std::string_view heading_;
};

}  // namespace detail

/// Reads a .npy file. Throws std::runtime_error that names the file and what is wrong with it: it cannot be opened, is
/// another format or cut off, has a type or version that is not listed above, another length than its shape says, or
/// numbers that are no finite floats.
inline Numbers read_npy(const std::string& path) { return detail::NpyReader(path).read(); }

}  // namespace qtensor::inline QTENSOR_ABI
