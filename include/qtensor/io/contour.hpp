// SPDX-License-Identifier: BSL-1.0
#pragma once
/// \file
/// Loss landscapes side by side as a picture that any browser opens: lines of equal loss and the ground between them in
/// colours, dark where the loss is low. One scale for all, equal factors apart (losses differ by orders of magnitude).

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <fstream>
#include <stdexcept>
#include <string>
#include <vector>

#include "../train/landscape.hpp"
#include "escaped.hpp"

namespace qtensor::inline QTENSOR_ABI {

/// A landscape and the line above it.
struct Panel {
    std::string title;
    Landscape landscape;
};

namespace detail {

/// A point of the colour map viridis (van der Walt and Smith 2015), five of its colours joined by straight lines.
inline std::string viridis(double t) {
    constexpr std::array<std::array<double, 3>, 5> stops{
        {{68, 1, 84}, {59, 82, 139}, {33, 145, 140}, {94, 201, 98}, {253, 231, 37}}};
    const double at = std::min(std::max(t, 0.0), 1.0) * 4.0;
    const auto i = std::min(static_cast<std::size_t>(at), std::size_t{3});
    std::array<int, 3> c{};
    for (std::size_t k = 0; k < 3; ++k)
        c[k] = static_cast<int>(
            std::lround(stops[i][k] + (at - static_cast<double>(i)) * (stops[i + 1][k] - stops[i][k])));
    std::array<char, 8> text{};
    std::snprintf(text.data(), text.size(), "#%02x%02x%02x", static_cast<unsigned>(c[0]), static_cast<unsigned>(c[1]),
                  static_cast<unsigned>(c[2]));
    return text.data();
}

inline std::string number(double value, int digits = 2) {
    std::array<char, 32> text{};
    std::snprintf(text.data(), text.size(), "%.*f", digits, value);
    return text.data();
}

/// Where a line of equal height crosses the cells of a grid, in cells: marching squares, straight pieces.
inline std::string contour_path(const std::vector<double>& height, std::size_t points, double level) {
    std::string path;
    const auto at = [&](std::size_t i, std::size_t j) { return height[i * points + j]; };
    for (std::size_t i = 0; i + 1 < points; ++i) {
        for (std::size_t j = 0; j + 1 < points; ++j) {
            const double corner[4] = {at(i, j), at(i, j + 1), at(i + 1, j + 1), at(i + 1, j)};
            const double x[5] = {0, 1, 1, 0, 0}, y[5] = {0, 0, 1, 1, 0};
            std::vector<std::string> crossings;
            for (int e = 0; e < 4; ++e) {
                const double a = corner[e], b = corner[(e + 1) % 4];
                if ((a < level) == (b < level)) continue;
                const double t = (level - a) / (b - a);
                crossings.push_back(number(static_cast<double>(j) + x[e] + t * (x[e + 1] - x[e])) + " " +
                                    number(static_cast<double>(i) + y[e] + t * (y[e + 1] - y[e])));
            }
            for (std::size_t k = 0; k + 1 < crossings.size(); k += 2)
                path += "M" + crossings[k] + "L" + crossings[k + 1];
        }
    }
    return path;
}

}  // namespace detail

/// The picture as text. `columns` panels a row. Throws std::invalid_argument where there is nothing to draw or a loss
/// is not finite.
inline std::string contour_svg(const std::vector<Panel>& panels, std::size_t columns = 3) {
    if (panels.empty() || columns == 0) throw std::invalid_argument("contour_svg: there is nothing to draw");
    double lowest = 1e300, highest = 0.0;
    for (const Panel& panel : panels) {
        for (const double loss : panel.landscape.losses) {
            if (!std::isfinite(loss) || loss < 0.0) {
                throw std::invalid_argument("contour_svg: \"" + panel.title + "\" has a loss of " +
                                            std::to_string(loss) + "; heights are finite and not negative");
            }
            lowest = std::min(lowest, std::max(loss, 1e-6));
            highest = std::max(highest, loss);
        }
    }
    highest = std::max(highest, lowest * 1.001);
    constexpr double side = 260.0, gap = 24.0, top = 40.0;
    constexpr std::size_t bands = 28;
    const std::size_t rows = (panels.size() + columns - 1) / columns;
    const auto across = static_cast<double>(std::min(columns, panels.size()));
    const double width = across * (side + gap) + gap, height = static_cast<double>(rows) * (side + top) + 72.0;
    const auto shade = [&](double loss) {
        return std::log(std::max(loss, lowest) / lowest) / std::log(highest / lowest);
    };
    std::string svg = "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 " + detail::number(width) + " " +
                      detail::number(height) + "\" font-family=\"sans-serif\" font-size=\"13\">\n" +
                      "<rect width=\"100%\" height=\"100%\" fill=\"white\"/>\n";
    for (std::size_t n = 0; n < panels.size(); ++n) {
        const Landscape& land = panels[n].landscape;
        const double x = gap + static_cast<double>(n % columns) * (side + gap);
        const double y = top + static_cast<double>(n / columns) * (side + top);
        const double cell = side / static_cast<double>(land.points - 1);
        std::vector<double> shades;
        shades.reserve(land.losses.size());
        for (const double loss : land.losses) shades.push_back(shade(loss));
        svg += "<g transform=\"translate(" + detail::number(x) + " " + detail::number(y) + ")\">\n<text y=\"-10\">" +
               escaped(panels[n].title) + "</text>\n<g transform=\"scale(" + detail::number(cell, 4) + ")\">\n";
        std::array<std::string, bands> ground;  // one path for all cells of a colour
        for (std::size_t i = 0; i + 1 < land.points; ++i) {
            for (std::size_t j = 0; j + 1 < land.points; ++j) {
                const double mean = (shades[i * land.points + j] + shades[i * land.points + j + 1] +
                                     shades[(i + 1) * land.points + j] + shades[(i + 1) * land.points + j + 1]) /
                                    4.0;
                ground[std::min(static_cast<std::size_t>(mean * bands), bands - 1)] +=
                    "M" + std::to_string(j) + " " + std::to_string(i) + "h1v1h-1z";
            }
        }
        for (std::size_t band = 0; band < bands; ++band) {
            if (ground[band].empty()) continue;
            svg += "<path d=\"" + ground[band] + "\" fill=\"" +
                   detail::viridis((static_cast<double>(band) + 0.5) / bands) + "\" shape-rendering=\"crispEdges\"/>\n";
        }
        for (std::size_t line = 2; line < bands; line += 2) {
            svg += "<path d=\"" + detail::contour_path(shades, land.points, static_cast<double>(line) / bands) +
                   "\" fill=\"none\" stroke=\"white\" stroke-opacity=\"0.7\" vector-effect=\"non-scaling-stroke\"/>\n";
        }
        svg += "</g>\n";
        svg += "<circle cx=\"" + detail::number(side / 2) + "\" cy=\"" + detail::number(side / 2) +
               "\" r=\"3\" fill=\"white\" stroke=\"black\"/>\n</g>\n";
    }
    const double y = height - 44.0;
    for (int i = 0; i < 100; ++i) {
        svg += "<rect x=\"" + detail::number(gap + 2.6 * i) + "\" y=\"" + detail::number(y) +
               "\" width=\"3\" height=\"12\" fill=\"" + detail::viridis(i / 99.0) + "\"/>\n";
    }
    svg += "<text x=\"" + detail::number(gap) + "\" y=\"" + detail::number(y + 28) + "\">loss " +
           detail::number(lowest, 4) + "</text>\n<text x=\"" + detail::number(gap + side) + "\" y=\"" +
           detail::number(y + 28) + "\" text-anchor=\"end\">" + detail::number(highest, 2) + "</text>\n</svg>\n";
    return svg;
}

/// Writes it. Throws std::runtime_error where the file cannot be written.
inline void write_contour(const std::string& path, const std::vector<Panel>& panels, std::size_t columns = 3) {
    std::ofstream file(path);
    file << contour_svg(panels, columns);
    file.flush();
    if (!file) throw std::runtime_error(path + ": cannot be written");
}

}  // namespace qtensor::inline QTENSOR_ABI
