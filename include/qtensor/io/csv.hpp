// SPDX-License-Identifier: BSL-1.0
#pragma once
/// \file
/// Numbers from a comma-separated file: a rectangle of floats, one line a row.

#include <charconv>
#include <cmath>
#include <cstddef>
#include <fstream>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "../base/config.hpp"

namespace qtensor::inline QTENSOR_ABI {

/// rows x columns numbers, row-major.
struct Table {
    std::size_t rows = 0;
    std::size_t columns = 0;
    std::vector<float> values;

    float operator()(std::size_t row, std::size_t column) const { return values[row * columns + column]; }
};

/// Reads a csv file without a heading. Spaces around a number and a last empty line are allowed. Throws
/// std::runtime_error that names file, line and column when the file cannot be opened, is empty, has a field that is no
/// finite number, or has rows of different lengths.
inline Table read_csv(const std::string& path) {
    std::ifstream file(path);
    if (!file) throw std::runtime_error(path + ": cannot be opened for reading");
    Table table;
    std::string line;
    for (std::size_t number = 1; std::getline(file, line); ++number) {
        if (!line.empty() && line.back() == '\r') line.pop_back();
        if (line.empty() && file.peek() == std::ifstream::traits_type::eof()) break;
        std::string_view rest = line;
        std::size_t column = 0;
        for (bool more = true; more; ++column) {
            const std::size_t comma = rest.find(',');
            std::string_view field = rest.substr(0, comma);
            more = comma != std::string_view::npos;
            rest = more ? rest.substr(comma + 1) : std::string_view{};
            const std::string place = path + ":" + std::to_string(number) + ": column " + std::to_string(column + 1);
            while (!field.empty() && field.front() == ' ') field.remove_prefix(1);
            while (!field.empty() && field.back() == ' ') field.remove_suffix(1);
            float value = 0.0f;
            auto [end, error] = std::from_chars(field.data(), field.data() + field.size(), value);
            if (error == std::errc::result_out_of_range) {  // what is too small for a float is still a number
                double wide = 0.0;
                error = std::from_chars(field.data(), field.data() + field.size(), wide).ec;
                value = static_cast<float>(wide);
            }
            if (error != std::errc{} || end != field.data() + field.size() || !std::isfinite(value)) {
                throw std::runtime_error(place + " holds \"" + std::string(field) + "\", which is no finite number");
            }
            table.values.push_back(value);
        }
        if (table.columns == 0) table.columns = column;
        if (column != table.columns) {
            throw std::runtime_error(path + ":" + std::to_string(number) + ": has " + std::to_string(column) +
                                     " columns, the first line has " + std::to_string(table.columns));
        }
        ++table.rows;
    }
    if (table.rows == 0) throw std::runtime_error(path + ": holds no numbers");
    return table;
}

}  // namespace qtensor::inline QTENSOR_ABI
