// SPDX-License-Identifier: BSL-1.0
#pragma once
/// \file
/// Threads that wait for the parts of a product: an executor (gemm/executor.hpp) for any program that has <thread>.
///
///     ThreadPool pool;                                              // one worker per processor, this thread included
///     linear(x, y, workspace, pool);                                // workspace_bytes(m, k, pool.workers())
///
/// A call allocates nothing. A thread that has nothing to do yields its processor a few times and then sleeps. Parts
/// are taken by whoever is free, the calling thread among them, so one that wakes late is not waited for.

#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <stdexcept>
#include <string>
#include <thread>
#include <type_traits>
#include <vector>

#if defined(__linux__)
#include <sched.h>
#endif

#include "../base/config.hpp"

namespace qtensor::inline QTENSOR_ABI {

/// Neither copied nor moved: executors are passed by reference. Any thread may call it. While one call runs, another
/// thread's call, or one from inside a body, runs its parts on the thread that calls. The threads of the pool have the
/// floating-point environment of the thread that made it.
class ThreadPool {
public:
    /// More threads than any machine has processors: a size beyond it is a mistake.
    static constexpr std::size_t most_workers = 4096;

    /// `workers` counts the calling thread: 1 starts no thread. Throws std::invalid_argument for 0 or more than
    /// most_workers, std::system_error when the system has no thread left.
    explicit ThreadPool(std::size_t workers = processors()) {
        if (workers == 0 || workers > most_workers)
            throw std::invalid_argument("a ThreadPool has 1 to " + std::to_string(most_workers) + " workers, not " +
                                        std::to_string(workers));
        threads_.reserve(workers - 1);
        try {
            for (std::size_t i = 1; i < workers; ++i) threads_.emplace_back([this] { wait_for_work(); });
        } catch (...) {
            stop();
            throw;
        }
    }
    ThreadPool(const ThreadPool&) = delete;
    ThreadPool& operator=(const ThreadPool&) = delete;
    /// Preconditions: no call is running.
    ~ThreadPool() { stop(); }

    /// Parts that run at the same time.
    std::size_t workers() const { return threads_.size() + 1; }

    /// What a default pool has: the processors that this process may use, at least 1.
    static std::size_t processors() {
#if defined(__linux__)
        cpu_set_t allowed;
        if (::sched_getaffinity(0, sizeof(allowed), &allowed) == 0)
            return static_cast<std::size_t>(CPU_COUNT(&allowed));
#endif
        const unsigned known = std::thread::hardware_concurrency();
        return known == 0 ? 1 : known;
    }

    /// body(part) for every part < parts; see Executor. A body that throws ends the program.
    template <class Body> void operator()(std::size_t parts, Body&& body) const {
        using B = std::remove_reference_t<Body>;
        const auto call = [](const void* context, std::size_t part) noexcept {
            (*const_cast<B*>(static_cast<const B*>(context)))(part);
        };
        if (parts < 2 || threads_.empty() || parts > UINT32_MAX || busy_.exchange(true, std::memory_order_acquire)) {
            for (std::size_t part = 0; part < parts; ++part) call(&body, part);
            return;
        }
        share(static_cast<std::uint32_t>(parts), call, &body);
        busy_.store(false, std::memory_order_release);
    }

private:
    using Call = void (*)(const void*, std::size_t) noexcept;

    /// A ticket is the number of a call and, below it, how many of its parts nobody has taken yet. A part is taken by
    /// lowering the ticket, which fails for a thread that is late: its call has another number then.
    static constexpr std::uint64_t call_unit = std::uint64_t{1} << 32;
    static constexpr std::uint32_t parts_left(std::uint64_t ticket) { return static_cast<std::uint32_t>(ticket); }
    static constexpr std::uint64_t number_of(std::uint64_t ticket) { return ticket / call_unit; }

    /// How often a thread yields before it sleeps: about 20 microseconds, the time that sleeping and waking takes.
    static constexpr int patience = 40;

    void share(std::uint32_t parts, Call call, const void* context) const {
        call_ = call;
        context_ = context;
        pending_.store(parts, std::memory_order_relaxed);
        const std::uint64_t ticket = (number_of(ticket_.load(std::memory_order_relaxed)) + 1) * call_unit + parts;
        {
            const std::lock_guard lock(mutex_);
            ticket_.store(ticket, std::memory_order_release);
        }
        work_.notify_all();
        take_parts(number_of(ticket));
        for (int i = 0; i < patience && pending_.load(std::memory_order_acquire) != 0; ++i) std::this_thread::yield();
        if (pending_.load(std::memory_order_acquire) != 0) {
            std::unique_lock lock(mutex_);
            done_.wait(lock, [&] { return pending_.load(std::memory_order_acquire) == 0; });
        }
    }

    void take_parts(std::uint64_t number) const {
        std::uint64_t ticket = ticket_.load(std::memory_order_acquire);
        while (number_of(ticket) == number && parts_left(ticket) != 0) {
            if (!ticket_.compare_exchange_weak(ticket, ticket - 1, std::memory_order_acq_rel,
                                               std::memory_order_acquire))
                continue;
            // The part is ours, so the call cannot end and its context cannot change before we say that it is done.
            call_(context_, parts_left(ticket) - 1);
            if (pending_.fetch_sub(1, std::memory_order_acq_rel) == 1) {
                const std::lock_guard lock(mutex_);
                done_.notify_one();
            }
        }
    }

    void wait_for_work() const {
        std::uint64_t seen = 0;
        const auto is_new = [&] { return number_of(ticket_.load(std::memory_order_acquire)) != seen; };
        for (;;) {
            for (int i = 0; i < patience && !is_new(); ++i) std::this_thread::yield();
            if (!is_new()) {
                std::unique_lock lock(mutex_);
                work_.wait(lock, is_new);
            }
            seen = number_of(ticket_.load(std::memory_order_acquire));
            if (stopping_.load(std::memory_order_acquire)) return;
            take_parts(seen);
        }
    }

    void stop() {
        {
            const std::lock_guard lock(mutex_);
            stopping_.store(true, std::memory_order_release);
            ticket_.fetch_add(call_unit, std::memory_order_acq_rel);
        }
        work_.notify_all();
        for (std::thread& thread : threads_) thread.join();
        threads_.clear();
    }

    mutable std::atomic<std::uint64_t> ticket_{0};
    mutable std::atomic<std::uint32_t> pending_{0};
    mutable std::atomic<bool> busy_{false};
    std::atomic<bool> stopping_{false};
    mutable Call call_ = nullptr;
    mutable const void* context_ = nullptr;
    mutable std::mutex mutex_;
    mutable std::condition_variable work_, done_;
    std::vector<std::thread> threads_;
};

}  // namespace qtensor::inline QTENSOR_ABI
