// A suite in C++20, built without CMake:
//   c++ -std=c++20 -O2 $(pkg-config --cflags tare) $(pkg-config --variable=suite_flags tare) -o sorting.so sorting.cpp
#include <algorithm>
#include <cstdint>
#include <cstring>
#include <tare/bench.h>

namespace
{

constexpr std::size_t count = 1000;

struct numbers {
    const int *shuffled; // [count] read-only
    int *work;           // [count] what is sorted
};

void shuffle(void *dst, std::size_t, const void *)
{
    auto *a = static_cast<int *>(dst);
    for (std::size_t i = 0; i < count; i++)
        a[i] = static_cast<int>(i * 7919 % count);
}

int setup(void **fixture, const tare_case *, const tare_host *host)
{
    auto *n = static_cast<numbers *>(host->alloc(host, sizeof(numbers)));
    if (!n)
        return -1;
    n->shuffled =
        static_cast<const int *>(host->input(host, "1000 ints, i * 7919", count * sizeof(int), shuffle, nullptr));
    n->work = static_cast<int *>(host->scratch(host, count * sizeof(int)));
    *fixture = n;
    return n->shuffled && n->work ? 0 : -1;
}

// The copy is part of every iteration: a sample sorts many times, and sorted numbers are another task.
void run(void *fixture, const tare_loop *loop)
{
    auto *n = static_cast<numbers *>(fixture);
    for (std::uint64_t i = 0; i < loop->iters; i++) {
        std::memcpy(n->work, n->shuffled, count * sizeof(int));
        std::sort(n->work, n->work + count);
        tare_use(n->work);
    }
}

int emit(const tare_host *host)
{
    tare_case c{};
    c.size = sizeof c;
    c.flags = TARE_CASE_CORE;
    c.group = "sort";
    c.variant = "std";
    c.work.items = count;
    c.item_unit = "numbers";
    c.setup = setup;
    c.run = run;
    return host->add(host, &c);
}

} // namespace

const struct tare_suite tare_suite = { TARE_SUITE_HEAD, .name = "sorting", .description = "std::sort", .emit = emit };
