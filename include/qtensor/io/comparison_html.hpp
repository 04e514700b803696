// SPDX-License-Identifier: BSL-1.0
#pragma once
/// \file
/// A comparison (calibrate/compare.hpp) as one HTML page with its pictures inside: no script, no other file, any
/// browser, light and dark.
///
///     write_html("report.html", compare(float_net, quantized, samples), "digits, int8, Percentile{.9999}");

#include <algorithm>
#include <fstream>
#include <stdexcept>

#include "comparison_text.hpp"
#include "escaped.hpp"

namespace qtensor::inline QTENSOR_ABI {

namespace detail {

/// "8x8x1 -> 64" with real signs.
inline std::string shape_html(const std::string& shape) {
    std::string text;
    for (std::size_t i = 0; i < shape.size(); ++i) {
        if (shape[i] == 'x')
            text += "&#215;";
        else if (shape.compare(i, 2, "->") == 0)
            text += "&#8594;", ++i;
        else
            text += shape[i];
    }
    return text;
}

/// Above 40 dB an error is 1 % of the signal, below 20 dB more than 10 %.
inline const char* grade(double decibel) { return decibel >= 40.0 ? "good" : (decibel >= 20.0 ? "fair" : "poor"); }

inline constexpr const char* comparison_style = R"(
:root{--paper:#fcfcfb;--ink:#1d2126;--soft:#68717b;--line:#e3e6e8;--track:#eceeef;--good:#2a9d8f;--fair:#e9a23b;
--poor:#d1495b;--real:#4c78a8}
@media(prefers-color-scheme:dark){:root{--paper:#16191d;--ink:#e8eaec;--soft:#99a2ab;--line:#2b3036;--track:#23282d;
--good:#45c4b0;--fair:#f0b95a;--poor:#ef6f80;--real:#7aa6d8}}
body{background:var(--paper);color:var(--ink);font:15px/1.5 system-ui,sans-serif;margin:0 auto;padding:2.5rem 1.5rem;
max-width:1080px}
h1{font-size:1.5rem;font-weight:650;margin:0 0 .2rem}h2{font-size:1.05rem;font-weight:600;margin:2.2rem 0 .4rem}
p{margin:.2rem 0;color:var(--soft);max-width:48rem}
.facts{display:flex;flex-wrap:wrap;gap:2.2rem;margin:1.4rem 0 .4rem}
.facts b{display:block;font-size:1.7rem;font-weight:600;color:var(--ink);line-height:1.2}.facts span{color:var(--soft)}
svg{width:100%;height:auto;display:block;font:13px system-ui,sans-serif}svg text{fill:var(--ink)}
svg .soft{fill:var(--soft)}svg .track{fill:var(--track)}svg .grid{stroke:var(--line)}
.good{fill:var(--good)}.fair{fill:var(--fair)}.poor{fill:var(--poor)}.real{fill:var(--real)}
.alone{fill:var(--paper);stroke:var(--ink);stroke-width:2}.end{stroke:var(--ink);stroke-width:1.5}
.wide{overflow-x:auto}table{border-collapse:collapse;width:100%;font-size:.88rem;font-variant-numeric:tabular-nums}
th,td{text-align:right;padding:.35rem .6rem;border-bottom:1px solid var(--line);white-space:nowrap}
th{font-weight:600;color:var(--soft)}td:first-child,td:nth-child(2),th:first-child,th:nth-child(2){text-align:left}
)";

inline constexpr double chart_left = 250.0, chart_width = 640.0, row_height = 30.0;

/// The name of a row, at its height.
inline std::string row_label(const LayerComparison& layer, double middle) {
    const double x = 16.0 * static_cast<double>(nesting(layer));
    return printed("<text x='%.0f' y='%.1f'>%s <tspan font-weight='600'>%s</tspan> <tspan class='soft'>", x,
                   middle + 4.5, escaped(layer.path).c_str(), escaped(layer.kind).c_str()) +
           shape_html(layer.shape) + "</tspan></text>";
}

/// Bars of SQNR, with a ring for what the layer loses by itself.
inline std::string sqnr_chart(const Comparison& comparison) {
    double most = 20.0;
    for (const LayerComparison& layer : comparison.layers) {
        for (const double value : {layer.sqnr, layer.alone}) most = std::isfinite(value) ? std::max(most, value) : most;
    }
    const double top = std::ceil(most / 10.0) * 10.0;
    const auto x = [&](double decibel) {
        const double inside = std::min(std::max(decibel, 0.0), top);
        return chart_left + chart_width * inside / top;
    };
    const double height = row_height * static_cast<double>(comparison.layers.size());
    std::string svg =
        printed("<svg viewBox='0 0 960 %.0f' role='img' aria-label='signal to noise of each layer'>", height + 30.0);
    for (int tens = 0; 10 * tens <= top; ++tens) {
        const double decibel = 10 * tens;
        svg += printed("<line class='grid' x1='%.1f' x2='%.1f' y1='0' y2='%.1f'/>", x(decibel), x(decibel), height);
        svg += printed("<text class='soft' x='%.1f' y='%.1f' text-anchor='middle'>%.0f%s</text>", x(decibel),
                       height + 20.0, decibel, decibel == top ? " dB" : "");
    }
    for (std::size_t i = 0; i < comparison.layers.size(); ++i) {
        const LayerComparison& layer = comparison.layers[i];
        const double middle = row_height * (static_cast<double>(i) + 0.5);
        svg += row_label(layer, middle);
        svg += printed("<rect class='%s' x='%.1f' y='%.1f' width='%.1f' height='14' rx='3'/>", grade(layer.sqnr),
                       chart_left, middle - 7.0, std::max(x(layer.sqnr) - chart_left, 2.0));
        if (i > 0) svg += printed("<circle class='alone' cx='%.1f' cy='%.1f' r='5'/>", x(layer.alone), middle);
        svg +=
            printed("<text x='%.1f' y='%.1f'>%s</text>", std::max(x(layer.sqnr), i > 0 ? x(layer.alone) : 0.0) + 11.0,
                    middle + 4.5, decibel_text(layer.sqnr).c_str());
    }
    return svg + "</svg>";
}

/// What the codes can mean (track) and what was there (bar), at one scale per row.
inline std::string range_chart(const Comparison& comparison) {
    const double height = row_height * static_cast<double>(comparison.layers.size());
    std::string svg =
        printed("<svg viewBox='0 0 960 %.0f' role='img' aria-label='range of values and of codes'>", height);
    for (std::size_t i = 0; i < comparison.layers.size(); ++i) {
        const LayerComparison& layer = comparison.layers[i];
        const double middle = row_height * (static_cast<double>(i) + 0.5);
        svg += row_label(layer, middle);
        const auto low = static_cast<double>(std::min(layer.range.lowest, layer.codes.lowest));
        const auto high = static_cast<double>(std::max(layer.range.highest, layer.codes.highest));
        const double span = high > low ? high - low : 1.0, left = chart_left + 60.0, width = chart_width - 120.0;
        const auto x = [&](float value) { return left + width * (static_cast<double>(value) - low) / span; };
        const auto bar = [&](const char* kind, float from, float to, double thickness) {
            if (to > from) {
                svg += printed("<rect class='%s' x='%.1f' y='%.1f' width='%.1f' height='%.0f' rx='2'/>", kind, x(from),
                               middle - thickness / 2.0, x(to) - x(from), thickness);
            }
        };
        const float half = static_cast<float>(layer.step / 2.0);
        if (layer.step > 0.0) bar("track", layer.codes.lowest, layer.codes.highest, 20.0);
        bar("real", layer.range.lowest, layer.range.highest, 8.0);
        if (layer.step > 0.0 && layer.range.lowest < layer.codes.lowest - half)
            bar("poor", layer.range.lowest, layer.codes.lowest, 8.0);
        if (layer.step > 0.0 && layer.range.highest > layer.codes.highest + half)
            bar("poor", layer.codes.highest, layer.range.highest, 8.0);
        if (low <= 0.0 && high >= 0.0) {
            svg += printed("<line class='end' x1='%.1f' x2='%.1f' y1='%.1f' y2='%.1f'/>", x(0.0f), x(0.0f),
                           middle - 10.0, middle + 10.0);
        }
        svg += printed("<text class='soft' x='%.1f' y='%.1f' text-anchor='end'>%.3g</text>", left - 8.0, middle + 4.5,
                       low);
        svg += printed("<text class='soft' x='%.1f' y='%.1f'>%.3g</text>", left + width + 8.0, middle + 4.5, high);
    }
    return svg + "</svg>";
}

inline std::string numbers_table(const Comparison& comparison) {
    std::string html =
        "<div class='wide'><table><tr><th>layer</th><th>shape</th><th>SQNR dB</th><th>alone</th><th>cosine</th>"
        "<th>largest error</th><th>clipped</th><th>saturated</th><th>dead channels</th></tr>";
    for (const LayerComparison& layer : comparison.layers) {
        html += "<tr><td>" + escaped(layer.path + " " + layer.kind) + "</td><td>" + shape_html(layer.shape) +
                "</td><td>" + decibel_text(layer.sqnr) + "</td><td>" + decibel_text(layer.alone) + "</td><td>" +
                printed("%.6f", layer.cosine) + "</td><td>" + error_text(layer) + "</td><td>" +
                printed("%.2f %%", percent(layer.clipped, layer.values)) + "</td><td>" +
                printed("%.2f %%", percent(layer.saturated, layer.values)) + "</td><td>" + dead_text(layer) +
                "</td></tr>";
    }
    return html + "</table></div>";
}

}  // namespace detail

/// The page as text.
inline std::string to_html(const Comparison& comparison, const std::string& title) {
    using detail::printed;
    std::string html =
        "<!doctype html><html lang='en'><head><meta charset='utf-8'><meta name='viewport' "
        "content='width=device-width'><title>" +
        escaped(title) + "</title><style>" + detail::comparison_style + "</style></head><body><h1>" + escaped(title) +
        "</h1><p>A float network and its quantized reading, run side by side on the same samples and compared "
        "behind every layer.</p><div class='facts'>";
    const auto fact = [&](const std::string& number, const std::string& what) {
        html += "<div><b>" + number + "</b><span>" + what + "</span></div>";
    };
    fact(printed("%.2f %%", detail::percent(comparison.same_answers, comparison.samples)),
         printed("same answers, %zu of %zu samples", comparison.same_answers, comparison.samples));
    if (comparison.layers.size() > 1) {
        fact(detail::decibel_text(comparison.layers.back().sqnr) + " dB", "signal to noise at the output");
        const LayerComparison& weakest = comparison.weakest();
        fact(escaped(weakest.path + " " + weakest.kind),
             "loses most by itself: " + detail::decibel_text(weakest.alone) + " dB");
    }
    html +=
        "</div><h2>Signal to quantization noise</h2><p>Bars: as the network runs, errors of earlier layers included. "
        "Rings: the layer by itself, given exact inputs. 40 dB is an error of 1 %, 20 dB of 10 %; 6 dB are one "
        "bit.</p>" +
        detail::sqnr_chart(comparison) +
        "<h2>Ranges</h2><p>Grey: what the codes can mean. Blue: the values that were there, red where no code reaches "
        "them. The tick is zero. A short bar on a long track wastes codes.</p>" +
        detail::range_chart(comparison) +
        "<h2>Numbers</h2><p>Dead channels: those whose codes never change although their values do, plus those whose "
        "values never changed. Saturated: codes at an end of their range, real zero not counted.</p>" +
        detail::numbers_table(comparison) + "</body></html>\n";
    return html;
}

/// Writes the page to a file. Throws std::runtime_error when it cannot be written.
inline void write_html(const std::string& path, const Comparison& comparison, const std::string& title) {
    std::ofstream file(path, std::ios::binary);
    if (!file) throw std::runtime_error(path + ": cannot be opened for writing");
    file << to_html(comparison, title);
    file.close();
    if (!file) throw std::runtime_error(path + ": could not be written to its end");
}

}  // namespace qtensor::inline QTENSOR_ABI
