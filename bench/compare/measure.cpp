// All contenders read the same memory, and write to the same where the row keeps its result. Repetitions of the contenders
// follow one another in random order, so that none has the quiet minute of the machine to itself.
#include "measure.hpp"

#include <benchmark/benchmark.h>

#include <algorithm>
#include <cmath>
#include <map>

namespace compare {

namespace {

constexpr int repetitions = 9;
constexpr double least_seconds = 0.04;           // of a repetition

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
      if (run.run_type == Run::RT_Iteration) seconds[run.run_name.function_name].push_back(run.real_accumulated_time / static_cast<double>(run.iterations));
  }
  std::map<std::string, std::vector<double>> seconds;
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

  std::vector<float> expected, result(p.out_size);
  for (std::size_t i = 0; i < all.size(); ++i) {
    std::fill_n(out.get(), p.out_size, std::nanf(""));
    solvers[i](p.result == form::fresh ? result.data() : nullptr);
    if (p.result == form::kept) std::copy_n(out.get(), p.out_size, result.data());
    if (i == 0) expected = result;
    all[i].agrees = agree(expected, result, p.tolerance);
  }

  benchmark::ClearRegisteredBenchmarks();
  for (std::size_t i = 0; i < all.size(); ++i)
    benchmark::RegisterBenchmark(all[i].contender.c_str(), [&run = solvers[i]](benchmark::State& state) {
      for (auto _ : state) run(nullptr);
    })->UseRealTime()->MinTime(least_seconds)->Repetitions(repetitions);
  collector results;
  benchmark::RunSpecifiedBenchmarks(&results);
  for (auto& t : all) {
    auto& seconds = results.seconds[t.contender];
    std::sort(seconds.begin(), seconds.end());
    const auto at = [&](double share) { return seconds.empty() ? 0 : seconds[static_cast<std::size_t>(share * static_cast<double>(seconds.size() - 1) + 0.5)]; };
    t.seconds = at(0.5);
    t.low = at(0.25);
    t.high = at(0.75);
  }
  return all;
}

}  // namespace compare
