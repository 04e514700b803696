// SPDX-License-Identifier: BSL-1.0
#pragma once
/// \file
/// What the conformance cases of CMSIS-NN need: the attributes in manifest.json, and requantization by multipliers and
/// shifts that a file gives instead of scales.

#include "catch.hpp"

#include <qtensor/gemm/epilogue.hpp>
#include <qtensor/numeric/tflite.hpp>
#include <qtensor/scale/affine.hpp>

#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

namespace qtensor_test {

/// The multipliers and shifts of a file, as they are: a stage of the user's own around the library's rule.
struct RawWords {
    const std::int32_t* mantissas;
    const std::int32_t* shifts;
    bool per_channel;
    qtensor::CodeRange range;
};
template <class T = std::int8_t> struct RawRequantize {
    RawWords words;

    template <class In> struct Bound {
        using element = T;
        qtensor::Affine<> scale;
        RawWords raw;
        template <class V> constexpr auto operator()(V value, const qtensor::Cell& cell) const {
            namespace lane = qtensor::lane;
            using I = std::conditional_t<std::is_same_v<V, std::int64_t>, std::int32_t, V>;
            const std::array<I, 2> both =
                raw.per_channel
                    ? std::array<I, 2>{lane::load<I>(raw.mantissas + cell.column, cell.count),
                                       lane::load<I>(raw.shifts + cell.column, cell.count)}
                    : std::array<I, 2>{lane::broadcast<I>(raw.mantissas[0]), lane::broadcast<I>(raw.shifts[0])};
            return qtensor::TfLiteDoubleRounding::apply(value, both, raw.range);
        }
    };
    template <class In> constexpr auto bind(const In&) const {
        return Bound<In>{qtensor::Affine<>{1.0f, words.range.zero_point}, words};
    }
};

/// The attributes of the cases of a suite, read from its manifest.json.
class Manifest {
public:
    explicit Manifest(const std::filesystem::path& path) {
        std::ifstream file(path);
        text_.assign(std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>());
        std::erase_if(text_, [](char c) { return c == ' ' || c == '\n' || c == '\r' || c == '\t'; });
    }

    /// The names of all cases of an operation, in the order of the file.
    std::vector<std::string> cases(const std::string& operation) const {
        std::vector<std::string> names;
        const std::string behind = "\",\"op\":\"" + operation + "\"";
        for (std::size_t at = text_.find(behind); at != std::string::npos; at = text_.find(behind, at + 1)) {
            const std::size_t quote = text_.rfind('"', at - 1);
            names.push_back(text_.substr(quote + 1, at - quote - 1));
        }
        return names;
    }

    /// The real number behind "key".
    double real(const std::string& name, const std::string& key) const {
        const std::size_t at = text_.find("\"" + key + "\":", text_.find("{\"name\":\"" + name + "\",\"op\""));
        REQUIRE(at != std::string::npos);
        return std::stod(text_.substr(at + key.size() + 3, 40));
    }

    /// Every list behind "key" among the attributes, in order.
    std::vector<std::vector<double>> lists(const std::string& name, const std::string& key) const {
        std::vector<std::vector<double>> found;
        const std::size_t entry = text_.find("{\"name\":\"" + name + "\",\"op\"");
        const std::size_t end = text_.find("\"tolerance\"", entry);
        const std::string opening = "\"" + key + "\":[";
        for (std::size_t at = text_.find(opening, entry); at < end; at = text_.find(opening, at + 1)) {
            found.emplace_back();
            const char* next = text_.c_str() + at + opening.size();
            while (*next != ']') {
                char* behind = nullptr;
                found.back().push_back(std::strtod(next, &behind));
                REQUIRE(behind != next);
                next = *behind == ',' ? behind + 1 : behind;
            }
        }
        return found;
    }

    /// The number behind "key" in the entry of a case, or `otherwise`.
    std::int32_t number(const std::string& name, const std::string& key, std::int32_t otherwise) const {
        const std::size_t entry = text_.find("{\"name\":\"" + name + "\",\"op\"");
        REQUIRE(entry != std::string::npos);
        const std::size_t end = text_.find("\"tolerance\"", entry);
        const std::size_t at = text_.find("\"" + key + "\":", entry);
        if (at == std::string::npos || at > end) return otherwise;
        return static_cast<std::int32_t>(std::stol(text_.substr(at + key.size() + 3)));
    }

private:
    std::string text_;
};

}  // namespace qtensor_test
