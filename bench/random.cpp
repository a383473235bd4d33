// Random numbers, nanoseconds each: the kernels on one thread over 64 Ki elements, beside philox itself one by one, and
// beside std::mt19937 with the standard library's distributions. The kernels are checked against philox before the clock runs.
#include <tenon/kernels/cpu/random.hpp>

#include <benchmark/benchmark.h>

#include <cstring>
#include <memory>
#include <random>

namespace {

using namespace tenon::kernels;

constexpr std::size_t count = 64 * 1024;
const random_plan plan{count, tenon::philox{42}, 7};

template <class F>
void time(benchmark::State& state, F f) {
  for (auto _ : state) {
    f();
    benchmark::ClobberMemory();
  }
  using counter = benchmark::Counter;
  state.counters["each"] = counter(static_cast<double>(count), counter::kIsIterationInvariantRate | counter::kInvert);
}

// fill(out) writes all elements; one(position) is the number that belongs there.
template <class T, class Fill, class One>
void compare(const char* name, Fill fill, One one) {
  benchmark::RegisterBenchmark((std::string("kernel ") + name).c_str(), [=](benchmark::State& state) {
    const auto memory = std::make_unique<T[]>(count);
    T* const out = memory.get();
    fill(out);
    for (std::size_t i = 0; i < count; ++i) {
      const T want = one(plan.first + i);
      if (std::memcmp(&out[i], &want, sizeof(T)) != 0) return state.SkipWithError("wrong numbers");
    }
    time(state, [&] { fill(out); });
  });
  benchmark::RegisterBenchmark((std::string("philox ") + name).c_str(), [=](benchmark::State& state) {
    const auto memory = std::make_unique<T[]>(count);
    T* const out = memory.get();
    time(state, [&] {
      for (std::size_t i = 0; i < count; ++i) out[i] = one(plan.first + i);
    });
  });
}

template <class T, class Distribution>
void standard(const char* name, Distribution distribution) {
  benchmark::RegisterBenchmark((std::string("standard ") + name).c_str(), [=](benchmark::State& state) {
    const auto memory = std::make_unique<T[]>(count);
    T* const out = memory.get();
    std::mt19937 engine(1);
    auto next = distribution;
    time(state, [&] {
      for (std::size_t i = 0; i < count; ++i) out[i] = static_cast<T>(next(engine));
    });
  });
}

template <class T>
void floating(const char* uniform, const char* normal) {
  compare<T>(uniform, [](T* out) { cpu::random_uniform(context{}, plan, 0, 1, out); },
             [](std::uint64_t i) { return plan.numbers.uniform<T>(i); });
  standard<T>(uniform, std::uniform_real_distribution<T>());
  compare<T>(normal, [](T* out) { cpu::random_normal(context{}, plan, 0, 1, out); },
             [](std::uint64_t i) { return plan.numbers.normal<T>(i); });
  standard<T>(normal, std::normal_distribution<T>());
}

}  // namespace

int main(int argc, char** argv) {
  floating<float>("uniform float", "normal float");
  floating<double>("uniform double", "normal double");
  compare<int>("integer", [](int* out) { cpu::random_integer(context{}, plan, 1, 7, out); },
               [](std::uint64_t i) { return plan.numbers.integer(i, 1, 7); });
  standard<int>("integer", std::uniform_int_distribution<int>(1, 6));
  compare<bool>("bernoulli", [](bool* out) { cpu::random_bernoulli(context{}, plan, 0.9, out); },
                [](std::uint64_t i) { return plan.numbers.bernoulli(i, 0.9); });
  standard<bool>("bernoulli", std::bernoulli_distribution(0.9));
  benchmark::Initialize(&argc, argv);
  benchmark::RunSpecifiedBenchmarks();
}
