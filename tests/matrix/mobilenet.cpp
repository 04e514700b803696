// SPDX-License-Identifier: BSL-1.0
// The convolutions of MobileNet-v1-1.0-224 or, with -DVERSION=2, MobileNet-v2, as one type and as a run-time network:
// equal bits on every architecture that is compiled here, for a batch of one and of eight, with one thread and with
// two. The scalar architecture is the definition; arenas end at pages nobody may touch. With -DONE_ARCH there is the
// processor's architecture alone, to see what one chain costs to compile.
#include <qtensor/parallel/thread_pool.hpp>

#include <cstdio>

#include "../support/arches.hpp"
#include "../support/guard_pages.hpp"
#include "../support/mobilenet.hpp"
#include "../support/network_of.hpp"

using namespace qtensor;
using namespace qtensor_test::mobilenet;

#if defined(VERSION) && VERSION == 2
using Net = ConvolutionsV2<numerics::Xnnpack>;
#else
using Net = ConvolutionsV1<numerics::Xnnpack>;
#endif
using Codes = std::vector<std::int8_t>;

namespace {

int passed = 0, failed = 0;
void check(bool good, const char* what, const char* arch, std::size_t batch, std::size_t threads) {
    std::printf("%s  %s, %s, batch of %zu, %zu threads\n", good ? "ok   " : "FAIL ", what, arch, batch, threads);
    ++(good ? passed : failed);
}

/// What a network makes of x in exactly the arena that it asks for.
template <class E> Codes between_guards(const auto& net, std::size_t arena_bytes, const Codes& x, const E& executor) {
    const std::size_t batch = x.size() / input_size<Net>;
    Codes y(batch * output_size<Net>);
    qtensor_test::BetweenGuards<std::byte> arena(arena_bytes);
    net.run(x.data(), y.data(), batch, arena.span(), executor);
    return y;
}

template <class Arch> struct OneType {
    using Packed = Net::Quantized::packed<Arch>;
    static constexpr const char* name = "one type";
    std::unique_ptr<Packed> net;
    explicit OneType(const Net::Quantized& codes) : net(std::make_unique<Packed>(codes)) {}
    static std::size_t arena_bytes(std::size_t batch, std::size_t workers) {
        return Packed::arena_bytes_for(batch, workers);
    }
};

template <class Arch> struct AtRunTime {
    static constexpr const char* name = "at run time";
    std::unique_ptr<Network<numerics::Xnnpack, Arch>> net;
    explicit AtRunTime(const Net::Quantized& codes)
        : net(std::make_unique<Network<numerics::Xnnpack, Arch>>(ImageSize{224, 224, 3}, get<0>(codes).input)) {
        qtensor_test::Added<Net>::to(*net, net->input(), codes);
    }
    std::size_t arena_bytes(std::size_t batch, std::size_t workers) const { return net->arena_bytes(batch, workers); }
};

template <template <class> class Form, class Arch>
void compare(const Net::Quantized& codes, const Codes& x, const Codes& want) {
    const Codes first(x.begin(), x.begin() + input_size<Net>);
    const Codes of_first(want.begin(), want.begin() + output_size<Net>);
    const Form<Arch> form(codes);
    const auto made = [&](const Codes& from, const auto& executor) {
        const std::size_t batch = from.size() / input_size<Net>;
        return between_guards(*form.net, form.arena_bytes(batch, executor.workers()), from, executor);
    };
    const ThreadPool pool(2);
    check(made(first, Serial{}) == of_first, form.name, Arch::name, 1, 1);
    check(made(x, Serial{}) == want, form.name, Arch::name, 8, 1);
    check(made(first, pool) == of_first, form.name, Arch::name, 1, 2);
    check(made(x, pool) == want, form.name, Arch::name, 8, 2);
}

}  // namespace

int main() {
    const auto codes = random_codes<Net>();
    const auto x = random_images<Net>(8);
#if defined(ONE_ARCH)
    const OneType<arch::native> form(*codes);
    return is_lively(between_guards(*form.net, form.arena_bytes(8, 1), x, Serial{})) ? 0 : 1;
#else
    const OneType<arch::scalar> scalar(*codes);
    const auto want = between_guards(*scalar.net, scalar.arena_bytes(8, 1), x, Serial{});
    check(is_lively(want), "one type", "scalar", 8, 1);
    using Arches = qtensor_test::ArchList<arch::sse41, arch::avx2, arch::avx512_vnni>;
    Arches::each([&]<class Arch>() { compare<OneType, Arch>(*codes, x, want); });
    compare<AtRunTime, arch::native>(*codes, x, want);
    std::printf("%d passed, %d failed\n", passed, failed);
    return failed == 0 ? 0 : 1;
#endif
}
