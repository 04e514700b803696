// SPDX-License-Identifier: BSL-1.0
#pragma once
/// \file
/// Any executor behind one type, for code that is compiled once: it refers to the executor, which outlives it. A part
/// costs two indirect calls more. Itself an executor (gemm/executor.hpp); making one and calling it cannot fail.

#include <type_traits>

#include "../gemm/executor.hpp"

namespace qtensor::inline QTENSOR_ABI {

class ExecutorRef {
public:
    template <class E>
        requires(!std::same_as<E, ExecutorRef> && Executor<E>)
    explicit ExecutorRef(const E& executor)
        : executor_(&executor), workers_(detail::workers_of(executor)),
          run_([](const void* e, std::size_t parts, void* body, Call call) {
              (*static_cast<const E*>(e))(parts, [=](std::size_t part) { call(body, part); });
          }) {}

    std::size_t workers() const { return workers_; }
    template <class Body> void operator()(std::size_t parts, Body&& body) const {
        using B = std::remove_reference_t<Body>;
        run_(executor_, parts, const_cast<void*>(static_cast<const void*>(&body)),
             [](void* b, std::size_t part) { (*static_cast<B*>(b))(part); });
    }

private:
    using Call = void (*)(void*, std::size_t);
    const void* executor_;
    std::size_t workers_;
    void (*run_)(const void*, std::size_t, void*, Call);
};

}  // namespace qtensor::inline QTENSOR_ABI
