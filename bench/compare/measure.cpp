// All contenders read the same memory, and write to the same where the row keeps its result. They run in rounds, each once in a round and in
// random order; a ratio is the median of the rounds' ratios. So none has the quiet minute of a shared machine to itself, nor its bad one.
#include "measure.hpp"

#include <benchmark/benchmark.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <map>
#include <thread>

namespace compare {

namespace {

constexpr std::size_t rounds = 21;
constexpr double least_seconds = 0.02, brief = 0.006;               // of a contender in a round; where the row has no floor
// Before it starts. A rival's threads look for work for some milliseconds after their last, on the processors that the next one needs.
constexpr auto pause = std::chrono::milliseconds(10);
// The sorted ratios between which their median lies with a probability of 97 %, whatever their distribution: of 21 fair coins 6 to 15 show heads.
constexpr std::size_t interval_first = 5, interval_last = 15;

bool agree(const std::vector<float>& a, const std::vector<float>& b, double tolerance) {
  double largest = 0;
  for (const float x : a) largest = std::fmax(largest, std::fabs(static_cast<double>(x)));
  for (std::size_t i = 0; i < a.size(); ++i)
    if (!(std::fabs(static_cast<double>(a[i]) - static_cast<double>(b[i])) <= tolerance * largest)) return false;      // nor is NaN equal
  return true;
}

class collector : public benchmark::BenchmarkReporter {
 public:
  bool ReportContext(const Context&) override { return true; }
  void ReportRuns(const std::vector<Run>& runs) override {
    for (const auto& run : runs)
      if (run.run_type == Run::RT_Iteration) {
        seconds[run.run_name.function_name].push_back(run.real_accumulated_time / static_cast<double>(run.iterations));
        iterations[run.run_name.function_name] = run.iterations;
      }
  }
  std::map<std::string, std::vector<double>> seconds;
  std::map<std::string, benchmark::IterationCount> iterations;
};

void initialize_once() {
  static const bool done = [] {
    char name[] = "bench_compare", interleave[] = "--benchmark_enable_random_interleaving=true";
    char* arguments[] = {name, interleave, nullptr};
    int count = 2;
    benchmark::Initialize(&count, arguments);
    return true;
  }();
  static_cast<void>(done);
}

double at(std::vector<double> values, std::size_t k) {
  std::sort(values.begin(), values.end());
  return values[k];
}

void time_in_rounds(std::vector<timing>& all, const std::vector<solver>& solvers, double least) {
  collector found;
  const auto run_all = [&](auto&& limit) {
    benchmark::ClearRegisteredBenchmarks();
    for (std::size_t i = 0; i < all.size(); ++i)
      limit(i, benchmark::RegisterBenchmark(all[i].contender.c_str(), [&run = solvers[i]](benchmark::State& state) {
                 std::this_thread::sleep_for(pause);
                 for (auto _ : state) run(nullptr);
               })->UseRealTime());
    benchmark::RunSpecifiedBenchmarks(&found);
  };
  run_all([least](std::size_t, auto* b) { b->MinTime(least); });             // how often each is called
  const auto iterations = found.iterations;
  found.seconds.clear();
  for (std::size_t round = 0; round < rounds; ++round) run_all([&](std::size_t i, auto* b) { b->Iterations(iterations.at(all[i].contender)); });

  const auto& ours = found.seconds[all[0].contender];
  for (auto& t : all) {
    const auto& seconds = found.seconds[t.contender];
    t.seconds = at(seconds, rounds / 2);
    t.low = at(seconds, rounds / 4);
    t.high = at(seconds, 3 * rounds / 4);
    std::vector<double> ratios(rounds);
    for (std::size_t round = 0; round < rounds; ++round) ratios[round] = seconds[round] / ours[round];
    t.ratio = at(ratios, rounds / 2);
    t.ratio_low = at(ratios, interval_first);
    t.ratio_high = at(ratios, interval_last);
  }
}

}  // namespace

std::vector<timing> measure(const problem& p, const std::vector<const rival*>& rivals) {
  initialize_once();
  const memory out = allocate(p.out_size);

  std::vector<solver> solvers{tenon_solver(p, out.get())};
  std::vector<timing> all{{"tenon"}};
  for (const auto* r : rivals)
    if (auto s = r->solve(p, out.get())) {
      solvers.push_back(std::move(s));
      all.push_back({r->name});
    }

  const bool copies = p.result == form::fresh || p.compared > 0;
  std::vector<float> expected, result(p.compared > 0 ? p.compared : p.out_size);
  for (std::size_t i = 0; i < all.size(); ++i) {
    std::fill_n(out.get(), p.out_size, std::nanf(""));
    std::fill(result.begin(), result.end(), std::nanf(""));
    solvers[i](copies ? result.data() : nullptr);
    if (!copies) std::copy_n(out.get(), p.out_size, result.data());
    if (i == 0) expected = result;
    all[i].agrees = agree(expected, result, p.tolerance);
  }

  time_in_rounds(all, solvers, p.floor > 0 ? least_seconds : brief);
  return all;
}

}  // namespace compare
