// SPDX-License-Identifier: BSL-1.0
#pragma once
/// \file
/// One conformance case: what its manifest says, the numbers of its files, and the comparison with what is expected. A
/// function that runs an operator reads its operands from here and hands back every output by `expect`.

#include <cstdint>
#include <filesystem>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <span>
#include <stdexcept>
#include <string>
#include <vector>

namespace conformance {

/// The case is of a kind that the library does not have. The text is its key in inapplicable.txt: an element type, a
/// form of the operator.
struct Inapplicable : std::runtime_error {
    using std::runtime_error::runtime_error;
};

/// The case cannot be run as it is: a file or an attribute is missing or has another form.
struct Malformed : std::runtime_error {
    using std::runtime_error::runtime_error;
};

/// An array of the case. `type` is that of its elements: NumPy's name, or ONNX's where NumPy has none (int4).
struct Tensor {
    std::string name;
    std::string dtype;  // of the file
    std::string type;
    std::vector<std::size_t> shape;
    std::filesystem::path file;
    std::vector<float> scales;  // of a tensor of TFLite, one or one per channel
    std::vector<std::int32_t> zeros;

    /// Number of elements.
    std::size_t size() const;
    /// The file's numbers; T must be its dtype. float16 is read as qtensor::float16.
    template <class T> std::vector<T> read() const;
    /// The numbers of any integer dtype, and of float32 or float16.
    std::vector<std::int64_t> integers() const;
    std::vector<float> reals() const;
};

/// How far the worst output is from what is expected.
enum class Verdict { exact, within, wrong };

class Case {
public:
    /// `entry` is the case's object in the manifest; its files are in `folder`.
    Case(const nlohmann::json& entry, std::filesystem::path folder);
    /// A layer of a network: the attributes and operands whose names begin so, without that beginning, and no output.
    Case(const Case& network, const std::string& attributes, const std::string& operands);
    ~Case();
    Case(const Case&) = delete;
    Case& operator=(const Case&) = delete;

    const std::string& name() const { return name_; }
    /// For suites that read more than the functions below.
    const nlohmann::json& entry() const { return *entry_; }
    const std::filesystem::path& folder() const { return folder_; }

    bool has(const std::string& attribute) const;
    std::int64_t integer(const std::string& attribute) const;
    std::int64_t integer(const std::string& attribute, std::int64_t otherwise) const;
    double real(const std::string& attribute) const;
    std::string text(const std::string& attribute, const std::string& otherwise) const;

    /// An input, parameter or output; null where the case has none of that name.
    const Tensor* find(const std::string& name) const;
    const Tensor& tensor(const std::string& name) const;
    /// By position in an ONNX node's signature; null where it is left out.
    const Tensor* node_input(std::size_t position) const;
    /// The name that `expect` takes for an ONNX node's output.
    std::string node_output(std::size_t position) const;

    /// Compares an output with its file, of whose dtype T must be, by the manifest's tolerance. May be called again for
    /// another way to compute it; `how` (an architecture) is named in the failure. Every output has to be compared.
    template <class T> void expect(const std::string& output, std::span<const T> got, const std::string& how = {});
    template <class T> void expect(const std::string& output, const std::vector<T>& got, const std::string& how = {}) {
        expect(output, std::span<const T>(got), how);
    }

    /// The worst verdict of all outputs, and what was wrong first.
    Verdict verdict() const;
    const std::string& complaint() const { return complaint_; }

private:
    struct Output {
        Tensor tensor;
        std::string onnx_name;
        bool compared = false;
    };
    Output& output(const std::string& name);
    void complain(const std::string& what);

    std::unique_ptr<nlohmann::json> entry_;
    std::filesystem::path folder_;
    std::string name_;
    std::vector<Tensor> operands_;
    std::vector<Output> outputs_;
    Verdict worst_ = Verdict::exact;
    std::string complaint_;
};

}  // namespace conformance
