// SPDX-License-Identifier: BSL-1.0
// The convolutions of MobileNet-v1-1.0-224 or, with -DVERSION=2, MobileNet-v2: equal bits on every architecture that is
// compiled here, for a batch of one and of eight, with one thread and with two. The scalar architecture is the
// definition. `--time` prints milliseconds per image instead.
#include <qtensor/parallel/thread_pool.hpp>

#include <chrono>
#include <cstdio>
#include <cstring>

#include "../support/mobilenet.hpp"

using namespace qtensor;
using namespace qtensor_test::mobilenet;

#if defined(VERSION) && VERSION == 2
using Net = ConvolutionsV2<numerics::Xnnpack>;
#else
using Net = ConvolutionsV1<numerics::Xnnpack>;
#endif

namespace {

int passed = 0, failed = 0;
void check(bool good, const char* arch, std::size_t batch, std::size_t threads) {
    std::printf("%s  %s, batch of %zu, %zu threads\n", good ? "ok   " : "FAIL ", arch, batch, threads);
    ++(good ? passed : failed);
}

template <class Arch>
void compare(const Net::Quantized& codes, const std::vector<std::int8_t>& x, const std::vector<std::int8_t>& want) {
    const std::vector<std::int8_t> first(x.begin(), x.begin() + input_size<Net>);
    const std::vector<std::int8_t> of_first(want.begin(), want.begin() + output_size<Net>);
    const ThreadPool pool(2);
    check(outputs<Net, Arch>(codes, first) == of_first, Arch::name, 1, 1);
    check(outputs<Net, Arch>(codes, x) == want, Arch::name, 8, 1);
    check(outputs<Net, Arch>(codes, first, pool) == of_first, Arch::name, 1, 2);
    check(outputs<Net, Arch>(codes, x, pool) == want, Arch::name, 8, 2);
}

template <class Arch> void time(const Net::Quantized& codes) {
    using Packed = Net::Quantized::packed<Arch>;
    const auto packed = std::make_unique<Packed>(codes);
    const auto x = random_images<Net>(1);
    std::vector<std::int8_t> y(output_size<Net>);
    const AlignedBytes arena(Packed::arena_bytes_for(1));
    double best = 1e9;
    for (int i = 0; i < 50; ++i) {
        const auto begin = std::chrono::steady_clock::now();
        packed->run(x.data(), y.data(), 1, arena.span());
        const std::chrono::duration<double, std::milli> took = std::chrono::steady_clock::now() - begin;
        best = took.count() < best ? took.count() : best;
    }
    std::printf("%s: %.3f ms, %.0f GOPS\n", Arch::name, best, 2e-6 * static_cast<double>(Net::macs) / best);
}

}  // namespace

int main(int argc, char** argv) {
    const auto codes = random_codes<Net>();
    if (argc > 1 && std::strcmp(argv[1], "--time") == 0) {
        time<arch::native>(*codes);
        return 0;
    }
    const auto x = random_images<Net>(8);
    const auto want = outputs<Net, arch::scalar>(*codes, x);
    check(is_lively(want), "scalar", 8, 1);
#if !defined(ONE_ARCH)
#if defined(__AVX2__) && defined(__FMA__)
    compare<arch::avx2>(*codes, x, want);
#endif
    if constexpr (!std::is_same_v<arch::native, arch::avx2> && !std::is_same_v<arch::native, arch::scalar>)
#endif
        compare<arch::native>(*codes, x, want);
    std::printf("%d passed, %d failed\n", passed, failed);
    return failed == 0 ? 0 : 1;
}
