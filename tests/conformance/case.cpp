// SPDX-License-Identifier: BSL-1.0
#include "conformance/case.hpp"

#include <bit>
#include <cmath>
#include <nlohmann/json.hpp>
#include <qtensor/numeric/float16.hpp>
#include <sstream>
#include <type_traits>

#include "support/npy.hpp"

namespace qtensor_test {
template <> inline std::string npy_descriptor<qtensor::float16>() { return "<f2"; }
}  // namespace qtensor_test

namespace conformance {

namespace {

Tensor tensor_of(const nlohmann::json& entry, const std::filesystem::path& folder) {
    Tensor tensor;
    tensor.name = entry.at("name").get<std::string>();
    tensor.dtype = entry.at("dtype").get<std::string>();
    tensor.type = entry.value("onnx_dtype", tensor.dtype);
    tensor.shape = entry.at("shape").get<std::vector<std::size_t>>();
    tensor.file = folder / entry.at("file").get<std::string>();
    tensor.scales = entry.value("scale", std::vector<float>());
    tensor.zeros = entry.value("zero_point", std::vector<std::int32_t>());
    return tensor;
}

template <class T> std::string shown(T value) {
    std::ostringstream text;
    if constexpr (std::is_same_v<T, qtensor::float16>) {
        text << static_cast<float>(value);
    } else if constexpr (std::is_floating_point_v<T>) {
        text.precision(std::is_same_v<T, float> ? 9 : 17);
        text << value;
    } else {
        text << std::to_string(value);
    }
    return text.str();
}

template <class T> double number(T value) {
    if constexpr (std::is_same_v<T, qtensor::float16>) {
        return static_cast<double>(static_cast<float>(value));
    } else {
        return static_cast<double>(value);
    }
}

/// Equal numbers; a NaN equals a NaN.
template <class T> bool same(T a, T b) {
    if constexpr (std::is_integral_v<T>) {
        return a == b;
    } else {
        return number(a) == number(b) || (std::isnan(number(a)) && std::isnan(number(b)));
    }
}

/// What the manifest allows: `exact`, `exact_or_1` (codes), or `allclose` with rtol and atol as NumPy defines them.
struct Tolerance {
    double relative = 0.0;
    double absolute = 0.0;

    explicit Tolerance(const nlohmann::json& entry) {
        const auto kind = entry.at("kind").get<std::string>();
        if (kind == "allclose") {
            relative = entry.at("rtol").get<double>();
            absolute = entry.at("atol").get<double>();
        } else if (kind == "exact_or_1") {
            absolute = 1.0;
        } else if (kind != "exact") {
            throw Malformed("there is no tolerance '" + kind + "'");
        }
    }
    bool allows(double got, double want) const {
        return std::fabs(got - want) <= absolute + relative * std::fabs(want);
    }
};

template <class To, class From> std::vector<To> converted(const std::vector<From>& from) {
    std::vector<To> to;
    to.reserve(from.size());
    for (const From& value : from) to.push_back(static_cast<To>(value));
    return to;
}

}  // namespace

std::size_t Tensor::size() const {
    std::size_t elements = 1;
    for (const std::size_t extent : shape) elements *= extent;
    return elements;
}

template <class T> std::vector<T> Tensor::read() const {
    auto values = qtensor_test::read_npy<T>(file);
    if (values.size() != size()) throw Malformed(file.string() + ": another length than the manifest says");
    return values;
}

std::vector<std::int64_t> Tensor::integers() const {
    if (dtype == "int8") return converted<std::int64_t>(read<std::int8_t>());
    if (dtype == "uint8") return converted<std::int64_t>(read<std::uint8_t>());
    if (dtype == "int16") return converted<std::int64_t>(read<std::int16_t>());
    if (dtype == "uint16") return converted<std::int64_t>(read<std::uint16_t>());
    if (dtype == "int32") return converted<std::int64_t>(read<std::int32_t>());
    if (dtype == "uint32") return converted<std::int64_t>(read<std::uint32_t>());
    if (dtype == "int64") return read<std::int64_t>();
    throw Inapplicable(dtype);
}

std::vector<float> Tensor::reals() const {
    if (dtype == "float32") return read<float>();
    if (dtype == "float16") return converted<float>(read<qtensor::float16>());
    throw Inapplicable(dtype);
}

Case::Case(const nlohmann::json& entry, std::filesystem::path folder)
    : entry_(std::make_unique<nlohmann::json>(entry)), folder_(std::move(folder)),
      name_(entry.at("name").get<std::string>()) {
    for (const char* kind : {"inputs", "params"}) {
        if (!entry.contains(kind)) continue;
        for (const auto& tensor : entry.at(kind)) operands_.push_back(tensor_of(tensor, folder_));
    }
    for (const auto& tensor : entry.at("outputs"))
        outputs_.push_back({tensor_of(tensor, folder_), tensor.value("onnx_name", std::string())});
}

Case::Case(const Case& network, const std::string& attributes, const std::string& operands)
    : entry_(std::make_unique<nlohmann::json>(*network.entry_)), folder_(network.folder_), name_(network.name_) {
    const auto& all = network.entry_->at("attributes");
    auto& own = entry_->at("attributes") = nlohmann::json::object();
    for (const auto& [name, value] : all.items()) {
        if (name.starts_with(attributes)) own[name.substr(attributes.size())] = value;
    }
    for (Tensor tensor : network.operands_) {
        if (!tensor.name.starts_with(operands)) continue;
        tensor.name.erase(0, operands.size());
        operands_.push_back(std::move(tensor));
    }
}

Case::~Case() = default;

bool Case::has(const std::string& attribute) const { return entry_->at("attributes").contains(attribute); }

std::int64_t Case::integer(const std::string& attribute) const {
    if (!has(attribute)) throw Malformed("there is no attribute '" + attribute + "'");
    return entry_->at("attributes").at(attribute).get<std::int64_t>();
}
std::int64_t Case::integer(const std::string& attribute, std::int64_t otherwise) const {
    return has(attribute) ? integer(attribute) : otherwise;
}
double Case::real(const std::string& attribute) const {
    if (!has(attribute)) throw Malformed("there is no attribute '" + attribute + "'");
    return entry_->at("attributes").at(attribute).get<double>();
}
std::string Case::text(const std::string& attribute, const std::string& otherwise) const {
    return has(attribute) ? entry_->at("attributes").at(attribute).get<std::string>() : otherwise;
}

const Tensor* Case::find(const std::string& name) const {
    for (const Tensor& tensor : operands_) {
        if (tensor.name == name) return &tensor;
    }
    for (const Output& candidate : outputs_) {
        if (candidate.tensor.name == name || candidate.onnx_name == name) return &candidate.tensor;
    }
    return nullptr;
}

const Tensor& Case::tensor(const std::string& name) const {
    const Tensor* found = find(name);
    if (found == nullptr) throw Malformed("there is no array '" + name + "'");
    return *found;
}

const Tensor* Case::node_input(std::size_t position) const {
    const auto names = entry_->at("node_inputs").get<std::vector<std::string>>();
    return position < names.size() && !names[position].empty() ? &tensor(names[position]) : nullptr;
}

std::string Case::node_output(std::size_t position) const {
    const auto names = entry_->at("node_outputs").get<std::vector<std::string>>();
    if (position >= names.size()) throw Malformed("the node has fewer outputs");
    return names[position];
}

Case::Output& Case::output(const std::string& name) {
    for (Output& candidate : outputs_) {
        if (candidate.onnx_name == name || candidate.tensor.name == name) return candidate;
    }
    throw Malformed("there is no output '" + name + "'");
}

void Case::complain(const std::string& what) {
    worst_ = Verdict::wrong;
    if (complaint_.empty()) complaint_ = what;
}

template <class T> void Case::expect(const std::string& name, std::span<const T> got, const std::string& how) {
    Output& wanted = output(name);
    wanted.compared = true;
    const std::vector<T> want = wanted.tensor.read<T>();
    const Tolerance tolerance(entry_->at("tolerance"));
    const std::string where = name + (how.empty() ? "" : " (" + how + ")");
    if (got.size() != want.size()) {
        return complain(where + ": " + std::to_string(got.size()) + " numbers, not " + std::to_string(want.size()));
    }
    std::size_t wrong = 0;
    std::size_t first = 0;
    for (std::size_t i = 0; i < want.size(); ++i) {
        if (same(got[i], want[i])) continue;
        if (tolerance.allows(number(got[i]), number(want[i]))) {
            worst_ = std::max(worst_, Verdict::within);
        } else if (wrong++ == 0) {
            first = i;
        }
    }
    if (wrong != 0) {
        complain(where + ": " + std::to_string(wrong) + " of " + std::to_string(want.size()) + " differ, first [" +
                 std::to_string(first) + "] is " + shown(got[first]) + ", not " + shown(want[first]));
    }
}

Verdict Case::verdict() const {
    for (const Output& wanted : outputs_) {
        if (!wanted.compared) throw Malformed("the output '" + wanted.tensor.name + "' was never compared");
    }
    return worst_;
}

#define CONFORMANCE_DTYPE(T)                                                                                           \
    template std::vector<T> Tensor::read() const;                                                                      \
    template void Case::expect(const std::string&, std::span<const T>, const std::string&);
CONFORMANCE_DTYPE(std::int8_t)
CONFORMANCE_DTYPE(std::uint8_t)
CONFORMANCE_DTYPE(std::int16_t)
CONFORMANCE_DTYPE(std::uint16_t)
CONFORMANCE_DTYPE(std::int32_t)
CONFORMANCE_DTYPE(std::uint32_t)
CONFORMANCE_DTYPE(std::int64_t)
CONFORMANCE_DTYPE(qtensor::float16)
CONFORMANCE_DTYPE(float)
CONFORMANCE_DTYPE(double)
#undef CONFORMANCE_DTYPE

}  // namespace conformance
