// SPDX-License-Identifier: BSL-1.0
// ONNX Runtime's kernels (MLAS), the way its users reach them: a session of one node on one thread, weights an
// initializer that it packs, `Run` timed. Sums are MatMulInteger. Codes to codes are QGemm on uint8 activations, which
// its x86 kernels are made for: the easier neighbour of the job, every code moved by 128.
#include "peer.hpp"

#include <onnxruntime_c_api.h>

#include <array>
#include <cstring>
#include <stdexcept>

namespace bench {
namespace {

const OrtApi& api() {
    static const OrtApi* const one = OrtGetApiBase()->GetApi(ORT_API_VERSION);
    if (one == nullptr) throw std::runtime_error("ONNX Runtime: the library is older than its header");
    return *one;
}
const OrtModelEditorApi& editor() { return *api().GetModelEditorApi(); }

void check(OrtStatus* status) {
    if (status != nullptr) throw std::runtime_error(std::string("ONNX Runtime: ") + api().GetErrorMessage(status));
}

/// What a function of the interface makes: its last parameter points to where.
template <class T> T* made(auto create, auto... arguments) {
    T* out = nullptr;
    check(create(arguments..., &out));
    return out;
}

using Sizes = std::vector<std::int64_t>;
constexpr auto u8 = ONNX_TENSOR_ELEMENT_DATA_TYPE_UINT8, s8 = ONNX_TENSOR_ELEMENT_DATA_TYPE_INT8,
               s32 = ONNX_TENSOR_ELEMENT_DATA_TYPE_INT32, f32 = ONNX_TENSOR_ELEMENT_DATA_TYPE_FLOAT;

/// A tensor of ONNX Runtime's own memory.
OrtValue* tensor(ONNXTensorElementDataType type, const Sizes& sizes) {
    static OrtAllocator* const allocator = made<OrtAllocator>(api().GetAllocatorWithDefaultOptions);
    return made<OrtValue>(api().CreateTensorAsOrtValue, allocator, sizes.data(), sizes.size(), type);
}
template <class T> T* data(OrtValue* value) {
    void* at = nullptr;
    check(api().GetTensorMutableData(value, &at));
    return static_cast<T*>(at);
}

/// A graph of one node, being made.
class Graph {
public:
    void constant(const char* name, ONNXTensorElementDataType type, const Sizes& sizes, const auto& values) {
        OrtValue* value = tensor(type, sizes);
        std::memcpy(data<char>(value), values.data(), values.size() * sizeof(values[0]));
        check(editor().AddInitializerToGraph(graph_, name, value, false));
    }
    static OrtValueInfo* edge(const char* name, ONNXTensorElementDataType type, const Sizes& sizes) {
        OrtTensorTypeAndShapeInfo* shape = made<OrtTensorTypeAndShapeInfo>(api().CreateTensorTypeAndShapeInfo);
        check(api().SetTensorElementType(shape, type));
        check(api().SetDimensions(shape, sizes.data(), sizes.size()));
        OrtTypeInfo* info = made<OrtTypeInfo>(editor().CreateTensorTypeInfo, shape);
        OrtValueInfo* named = made<OrtValueInfo>(editor().CreateValueInfo, name, info);
        api().ReleaseTypeInfo(info);
        api().ReleaseTensorTypeAndShapeInfo(shape);
        return named;
    }
    /// y = node(inputs), of which x is no constant.
    OrtSession* session(const char* node, const char* domain, const std::vector<const char*>& inputs,
                        std::vector<OrtOpAttr*> attributes, OrtValueInfo* x, OrtValueInfo* y) {
        static OrtEnv* const environment = made<OrtEnv>(api().CreateEnv, ORT_LOGGING_LEVEL_ERROR, "benchmark");
        const char* const output = "y";
        check(editor().AddNodeToGraph(graph_, made<OrtNode>(editor().CreateNode, node, domain, node, inputs.data(),
                                                            inputs.size(), &output, std::size_t{1}, attributes.data(),
                                                            attributes.size())));
        check(editor().SetGraphInputs(graph_, &x, 1));
        check(editor().SetGraphOutputs(graph_, &y, 1));
        const char* const domains[] = {"", "com.microsoft"};
        const int versions[] = {13, 1};
        OrtModel* model = made<OrtModel>(editor().CreateModel, domains, versions, std::size_t{2});
        check(editor().AddGraphToModel(model, graph_));
        OrtSessionOptions* options = made<OrtSessionOptions>(api().CreateSessionOptions);
        check(api().SetIntraOpNumThreads(options, 1));
        OrtSession* session = made<OrtSession>(editor().CreateSessionFromModel, environment, model, options);
        api().ReleaseSessionOptions(options);
        api().ReleaseModel(model);
        for (OrtOpAttr* attribute : attributes) api().ReleaseOpAttr(attribute);
        return session;
    }

private:
    OrtGraph* graph_ = made<OrtGraph>(editor().CreateGraph);
};

class Session : public Runner {
public:
    explicit Session(const Problem& p) : codes_(p.is_codes()), moved_by_(codes_ ? 128 : 0) {
        const auto m = static_cast<std::int64_t>(p.m), n = static_cast<std::int64_t>(p.n),
                   k = static_cast<std::int64_t>(p.k);
        const auto x_type = p.job == Job::s8s8_s32 ? s8 : u8, y_type = codes_ ? u8 : s32;
        x_ = tensor(x_type, {m, k});
        y_ = tensor(y_type, {m, n});
        for (std::size_t i = 0; i < p.x.size(); ++i)
            data<std::uint8_t>(x_)[i] = static_cast<std::uint8_t>(p.x[i] + moved_by_);
        Cells<std::int8_t> w(p.w.size());  // [k][n]
        for (std::size_t kk = 0; kk < p.k; ++kk)
            for (std::size_t j = 0; j < p.n; ++j) w[kk * p.n + j] = p.w[j * p.k + kk];
        Graph graph;
        graph.constant("w", s8, {k, n}, w);
        OrtValueInfo *x = Graph::edge("x", x_type, {m, k}), *y = Graph::edge("y", y_type, {m, n});
        if (!codes_) {
            session_ = graph.session("MatMulInteger", "", {"x", "w"}, {}, x, y);
            return;
        }
        const auto zero = [this](int code) { return std::array{static_cast<std::uint8_t>(code + moved_by_)}; };
        graph.constant("x scale", f32, {}, std::array{p.x_scale});
        graph.constant("x zero", u8, {}, zero(p.x_zero));
        graph.constant("w scale", f32, {n}, p.w_scales);
        graph.constant("w zero", s8, {n}, Cells<std::int8_t>(p.n));
        graph.constant("bias", s32, {n}, p.bias);
        graph.constant("y scale", f32, {}, std::array{p.y_scale});
        graph.constant("y zero", u8, {}, zero(p.y_zero));
        const float alpha = 1.0f;
        session_ = graph.session(
            "QGemm", "com.microsoft", {"x", "x scale", "x zero", "w", "w scale", "w zero", "bias", "y scale", "y zero"},
            {made<OrtOpAttr>(api().CreateOpAttr, "alpha", static_cast<const void*>(&alpha), 1, ORT_OP_ATTR_FLOAT)}, x,
            y);
    }
    ~Session() override {
        api().ReleaseSession(session_);
        api().ReleaseValue(x_);
        api().ReleaseValue(y_);
    }

    void run() override {
        const char *const input = "x", *const output = "y";
        check(api().Run(session_, nullptr, &input, &x_, 1, &output, 1, &y_));
    }
    double result(std::size_t at) const override {
        return codes_ ? data<std::uint8_t>(y_)[at] - moved_by_ : data<std::int32_t>(y_)[at];
    }
    bool easier() const override { return moved_by_ != 0; }

private:
    bool codes_;
    int moved_by_;
    OrtSession* session_ = nullptr;
    OrtValue *x_ = nullptr, *y_ = nullptr;
};

std::unique_ptr<Runner> make(const Problem& p) {
    if (p.job != Job::s8s8_s8 && p.job != Job::s8s8_s32 && p.job != Job::u8s8_s32) return nullptr;
    return std::make_unique<Session>(p);
}

}  // namespace

/// It has no switch for its instruction set: it takes part in the programs for the best that it knows.
Peer ort() {
    constexpr bool has_vnni = std::is_same_v<qtensor::arch::native, qtensor::arch::avx512_vnni>;
    return {"ort", OrtGetApiBase()->GetVersionString(), has_vnni ? make : nullptr, false, 1};
}

}  // namespace bench
