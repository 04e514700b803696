// SPDX-License-Identifier: BSL-1.0
#pragma once
/// \file
/// A binary that travels: one function, compiled once for each instruction set, and the best that the processor runs.
///
///     // classify.hpp: no type of the library in the signature, they are other types in every translation unit
///     struct Classify {
///         template <int Variant> static void call(const std::int8_t* x, std::int8_t* y);
///     };
///     // classify.cpp: compiled for each instruction set
///     template <> void Classify::call<qtensor::compiled_for>(const std::int8_t* x, std::int8_t* y) { ... }
///     // main.cpp
///     const auto classify = qtensor::dispatch<Classify>();
///     classify(x, y);
///     # CMakeLists.txt
///     qtensor_dispatch(my_program SOURCES classify.cpp ARCHS sse41 avx2 avx512_vnni)
///
/// Variant 0, called base, is the code without further flags. The environment variable QTENSOR_ARCH forces a variant by
/// its name. What such a source may contain is said in docs/architecture.md, "Run-time dispatch".

#include <array>
#include <concepts>
#include <cstddef>
#include <cstdlib>
#include <span>
#include <stdexcept>
#include <string>

#include "../arch/processor.hpp"
#include "../base/concepts.hpp"

namespace qtensor::inline QTENSOR_ABI {

namespace detail {

/// The number of a variant: part of the names of its functions, so it never changes. Higher is better.
template <class Arch> constexpr int variant_number() {
    if constexpr (std::same_as<Arch, arch::sse41>)
        return 1;
    else if constexpr (std::same_as<Arch, arch::avx2>)
        return 2;
    else if constexpr (std::same_as<Arch, arch::avx_vnni>)
        return 3;
    else if constexpr (std::same_as<Arch, arch::avx512bw>)
        return 4;
    else if constexpr (std::same_as<Arch, arch::avx512_vnni>)
        return 5;
    else
        return 0;
}

/// What a choice is made from.
struct Variant {
    const char* name = "base";
    int number = 0;
    bool runs = true;
};

/// The position of the best variant that runs, or of the one called `forced`. Throws std::runtime_error when there is
/// no such variant or it does not run here.
inline std::size_t choose_variant(std::span<const Variant> variants, const char* forced) {
    if (forced != nullptr && *forced != '\0') {
        std::string all, running;
        for (std::size_t i = 0; i < variants.size(); ++i) {
            const std::string name = variants[i].name;
            if (name == forced && variants[i].runs) return i;
            all += (all.empty() ? "" : ", ") + name;
            if (variants[i].runs) running += (running.empty() ? "" : ", ") + name;
        }
        for (const Variant& variant : variants) {
            if (variant.name == std::string(forced))
                throw std::runtime_error("qtensor: QTENSOR_ARCH=" + std::string(forced) +
                                         ", but this processor lacks instructions of it; it runs " + running);
        }
        throw std::runtime_error("qtensor: QTENSOR_ARCH=" + std::string(forced) +
                                 ", but this program was compiled for " + all);
    }
    std::size_t best = 0;
    for (std::size_t i = 0; i < variants.size(); ++i) {
        if (variants[i].runs && variants[i].number > variants[best].number) best = i;
    }
    return best;
}

/// The variants that a program has beside base.
template <class... Archs> struct Variants {
    static std::array<Variant, 1 + sizeof...(Archs)> on(const arch::Processor& processor) {
        return {Variant{}, Variant{Archs::name, variant_number<Archs>(), processor.template runs<Archs>()}...};
    }
    template <class Function> static constexpr auto calls() {
        return std::array{&Function::template call<0>, &Function::template call<variant_number<Archs>()>...};
    }
};
#if defined(QTENSOR_DISPATCH_ARCHS)
using ProgramVariants = Variants<QTENSOR_DISPATCH_ARCHS>;  // arch::sse41, arch::avx2, ... by qtensor_dispatch
#else
using ProgramVariants = Variants<>;
#endif

}  // namespace detail

/// The variant that this translation unit is: write `template <> void Mine::call<compiled_for>(...)`.
#if defined(QTENSOR_DISPATCH_ARCH)
static_assert(std::same_as<arch::native, arch::QTENSOR_DISPATCH_ARCH>,
              "this translation unit is compiled for other instructions than qtensor_dispatch asked for: leave -march, "
              "-m... and QTENSOR_NO_SIMD out of the target's own flags");
inline constexpr int compiled_for = detail::variant_number<arch::QTENSOR_DISPATCH_ARCH>();
#else
inline constexpr int compiled_for = 0;
#endif

/// The name of the variant that dispatch() takes: base, sse41, avx2 ... Throws as dispatch() does.
inline const char* dispatched_arch() {
    const auto variants = detail::ProgramVariants::on(arch::Processor::here());
    return variants[detail::choose_variant(variants, std::getenv("QTENSOR_ARCH"))].name;
}

/// A pointer to the best Function::call<variant> of those that qtensor_dispatch compiled into this program; keep it.
/// Throws std::runtime_error, with a sentence, when QTENSOR_ARCH names a variant that is not there or does not run.
template <class Function> auto dispatch() {
    static_assert(
        requires { &Function::template call<0>; },
        "not a function to dispatch: it needs template <int Variant> static R call(arguments...), declared in a header "
        "and specialised for qtensor::compiled_for (parallel/dispatch.hpp)");
    const auto variants = detail::ProgramVariants::on(arch::Processor::here());
    return detail::ProgramVariants::template calls<Function>()[detail::choose_variant(variants,
                                                                                      std::getenv("QTENSOR_ARCH"))];
}

}  // namespace qtensor::inline QTENSOR_ABI
