// SPDX-License-Identifier: BSL-1.0
#pragma once
/// \file
/// Codes of a network as a C++ header that firmware includes: arrays that the compiler puts into flash, each with its
/// layer, shape and scale in front, and a function that makes the parameters of them.
///
///     write_header("model.hpp", calibrate(net, samples));             on the host
///
///     #include "model.hpp"                                            in firmware, which names the same network type
///     constexpr Net::Quantized codes = model::parameters<Net>();
///     constexpr auto network = qtensor::pack<qtensor::arch::scalar>(codes);
///
/// Numbers are exact: floats are written in hexadecimal. g++ evaluates up to 262,144 weights of a layer when it
/// compiles; parameters() of more is called when the program starts.

#include <cctype>
#include <cstdint>
#include <cstdio>
#include <fstream>
#include <stdexcept>
#include <string>

#include "../base/type_name.hpp"
#include "../net/inspect.hpp"

namespace qtensor::inline QTENSOR_ABI {

namespace detail {

/// f(name, member) for all members of a layer's codes. Returns their size, each rounded up to `unit`.
template <class Q, class F> std::size_t each_member(const Q& q, std::size_t unit, F&& f) {
    std::size_t bytes = 0;
    const auto one = [&](const char* name, const auto& member) {
        f(name, member);
        bytes += (sizeof member + unit - 1) / unit * unit;
    };
    if constexpr (requires { q.weights; }) one("weights", q.weights);
    if constexpr (requires { q.input_weights; }) one("input_weights", q.input_weights);
    if constexpr (requires { q.hidden_weights; }) one("hidden_weights", q.hidden_weights);
    if constexpr (requires { q.feature_weights; }) one("feature_weights", q.feature_weights);
    if constexpr (requires { q.time_weights; }) one("time_weights", q.time_weights);
    if constexpr (requires { q.table; }) one("table", q.table);
    if constexpr (requires { q.alpha; }) one("alpha", q.alpha);
    if constexpr (requires { q.gain; }) one("gain", q.gain);
    if constexpr (requires { q.bias; }) one("bias", q.bias);
    if constexpr (requires { q.hidden_bias; }) one("hidden_bias", q.hidden_bias);
    if constexpr (requires { q.epsilon; }) one("epsilon", q.epsilon);
    if constexpr (requires { q.cell_power; }) one("cell_power", q.cell_power);
    if constexpr (requires { q.state; }) one("state", q.state);
    if constexpr (requires { q.input; }) one("input", q.input);
    if constexpr (requires { q.output; }) one("output", q.output);
    return bytes;
}

/// The header while it is written: arrays, and what parameters() does with them.
class HeaderText {
public:
    std::string arrays{}, assignments{};
    std::string shapes{};  ///< conditions on the network type

    /// `path` leads to the codes in `made`, `place` is what arrays are called after.
    template <class Q> void add(const Q& q, const std::string& path, const std::string& place) {
        using L = typename Q::layer;
        if constexpr (requires { L::depth, get<0>(q); }) {
            [&]<std::size_t... I>(std::index_sequence<I...>) {
                (add(get<I>(q), "qtensor::get<" + std::to_string(I) + ">(" + path + ")",
                     place + "_" + std::to_string(I)),
                 ...);
            }(std::make_index_sequence<L::depth>{});
            if constexpr (requires { q.output; }) member(path + ".output", place + "_output", q.output);
        } else {
            arrays += "\n// " + place + ": " + std::string(bare_type_name<L>()) + ", " +
                      shape<typename L::input_shape>() + " to " + shape<typename L::output_shape>() + "\n";
            const std::size_t bytes = each_member(q, alignof(Q), [&](const std::string& name, const auto& value) {
                member(path + "." + name, place + "_" + name, value);
            });
            if (bytes < sizeof(Q)) {
                throw std::invalid_argument("write_header: " + place + ", " + std::string(bare_type_name<L>()) +
                                            ", has " + std::to_string(sizeof(Q)) + " bytes of parameters, " +
                                            std::to_string(bytes) + " of them in members whose names it knows");
            }
        }
    }

private:
    template <class Shape> static std::string shape() {
        std::string text;
        for (std::size_t axis = 0; axis < Shape::rank; ++axis)
            text += "[" + std::to_string(Shape::static_extent(axis)) + "]";
        return text;
    }
    template <class Shape> static std::string list() {
        std::string text;
        for (std::size_t axis = 0; axis < Shape::rank; ++axis)
            text += (axis == 0 ? "" : ", ") + std::to_string(Shape::static_extent(axis));
        return text;
    }
    static std::string number(float value) {
        char text[40];
        std::snprintf(text, sizeof text, "%af", static_cast<double>(value));
        return text;
    }
    static std::string number(double value) {
        char text[40];
        std::snprintf(text, sizeof text, "%a", value);
        return text;
    }
    static std::string number(std::integral auto value) { return std::to_string(value); }
    static std::string about(float value) {
        char text[40];
        std::snprintf(text, sizeof text, "%.6g", static_cast<double>(value));
        return text;
    }
    template <class T> static std::string type() {
        if constexpr (std::same_as<T, float>) return "float";
        return std::string(std::is_signed_v<T> ? "std::int" : "std::uint") + std::to_string(8 * sizeof(T)) + "_t";
    }
    template <class T> void array(const std::string& name, const T* values, std::size_t count) {
        arrays += "inline constexpr " + type<T>() + " " + name + "[" + std::to_string(count) + "] = {";
        std::size_t column = 120;
        for (std::size_t i = 0; i < count; ++i) {
            const std::string text = number(values[i]) + (i + 1 < count ? "," : "};\n");
            column += text.size() + 1;
            const bool breaks = column > 110;
            if (breaks) column = 4 + text.size();
            arrays += (breaks ? "\n    " : " ") + text;
        }
    }

    /// A scale to be changed in place, as `where` names it.
    template <class S> void scale(const std::string& where, const std::string& name, const S& s) {
        const auto each = [&](const char* member, const auto& values) {
            array(name + "_" + member, values.data(), values.size());
            assignments += "    put(" + where + "." + member + ", " + name + "_" + member + ");\n";
        };
        const auto one = [&](const char* member, const auto& value) {
            assignments += "    " + where + "." + member + " = " + number(value) + ";\n";
        };
        if constexpr (requires { s.values; }) each("values", s.values);
        if constexpr (requires { s.zeros; }) each("zeros", s.zeros);
        if constexpr (requires { s.exponents; }) each("exponents", s.exponents);
        if constexpr (requires { s.value; }) one("value", s.value);
        if constexpr (requires { s.zero; }) one("zero", s.zero);
        if constexpr (requires { s.exponent; } && !is_static_scale<S>) one("exponent", s.exponent);
    }

    template <class T> void member(const std::string& where, const std::string& name, const T& value) {
        if constexpr (std::is_arithmetic_v<T>) {
            assignments += "    " + where + " = " + number(value) + ";\n";
        } else if constexpr (requires { value.scale().scale(0); }) {
            using W = typename T::element_type;
            arrays += "// " + name + ": " + std::string(element_name<W>()) + shape<typename T::shape_type>() +
                      (element<W>::per_cell > 1 ? ", two codes to a byte" : "") + "\n";
            array(name, value.data(), cells_for<W>(value.size()));
            shapes += " &&\n                      std::is_same_v<typename decltype(" + where +
                      ")::shape_type, qtensor::Shape<" + list<typename T::shape_type>() + ">>";
            assignments += "    put(" + where + ", " + name + ");\n";
            using S = std::remove_cvref_t<decltype(value.scale())>;
            if constexpr (!is_static_scale<S>) {
                const std::string local = name + "_scale";
                assignments += "    auto " + local + " = " + where + ".scale();\n";
                scale(local, local, value.scale());
                assignments += "    rescale(" + where + ", " + local + ");\n";
            }
        } else if constexpr (requires { value.scale(0); }) {
            arrays += "// " + name + ": scale " + about(value.scale(0)) + ", zero point " +
                      std::to_string(zero_point_of(value, 0)) + "\n";
            scale(where, name, value);
        } else {
            array(name, value.data(), value.size());
            assignments += "    put(" + where + ", " + name + ");\n";
        }
    }
};

template <class Q> constexpr bool must_be_codes_of_a_network() {
    static_assert(
        requires { requires std::same_as<Q, typename Q::layer::Quantized>; },
        "write_header takes the codes of a network, as calibrate(net, samples) or freeze(model) makes them");
    return true;
}

}  // namespace detail

/// The header as text, everything in namespace `name`. Throws std::invalid_argument where the name is no identifier,
/// or a layer of the caller's own has parameters of other names than the library's.
template <class Quantized> std::string to_header(const Quantized& quantized, const std::string& name = "model") {
    static_assert(detail::must_be_codes_of_a_network<Quantized>());
    bool usable = !name.empty() && std::isdigit(static_cast<unsigned char>(name[0])) == 0;
    for (const char c : name) usable = usable && (c == '_' || std::isalnum(static_cast<unsigned char>(c)) != 0);
    if (!usable) throw std::invalid_argument("write_header: '" + name + "' cannot be the name of a namespace");
    detail::HeaderText text;
    text.add(quantized, "made", "layer");
    return "// Made by qtensor's write_header. Floats are hexadecimal, exactly what they were.\n"
           "#pragma once\n\n#include <cstddef>\n#include <cstdint>\n#include <type_traits>\n\n"
           "#include <qtensor/qtensor.hpp>\n\nnamespace " +
           name + " {\n" + text.arrays +
           R"(
template <class To, class Cell, std::size_t N> constexpr void put(To& to, const Cell (&cells)[N]) {
    for (std::size_t i = 0; i < N; ++i) to.data()[i] = cells[i];
}
template <class Tensor, class Scale> constexpr void rescale(Tensor& tensor, const Scale& scale) {
    Tensor made({}, scale);
    for (std::size_t i = 0; i < qtensor::cells_for<typename Tensor::element_type>(made.size()); ++i)
        made.data()[i] = tensor.data()[i];
    tensor = made;
}

/// The parameters of `Net`, which is the type of the network that was written.
template <class Net> constexpr typename Net::Quantized parameters() {
    typename Net::Quantized made{};
    static_assert(sizeof made == )" +
           std::to_string(sizeof(Quantized)) + text.shapes + R"(,
                  "this is another network than the one that was written");
)" + text.assignments +
           "    return made;\n}\n\n}  // namespace " + name + "\n";
}

/// Writes the header to a file. Throws as to_header, and std::runtime_error where the file cannot be written.
template <class Quantized>
void write_header(const std::string& path, const Quantized& quantized, const std::string& name = "model") {
    const std::string text = to_header(quantized, name);
    std::ofstream file(path, std::ios::binary);
    if (!file) throw std::runtime_error(path + ": cannot be opened for writing");
    file << text;
    file.close();
    if (!file) throw std::runtime_error(path + ": could not be written to its end");
}

}  // namespace qtensor::inline QTENSOR_ABI
