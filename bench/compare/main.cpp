// Tenon beside Eigen, OpenBLAS, oneDNN and PyTorch: one table of ratios from one run.
//
//   bench_compare [--threads N] [--filter TEXT] [--markdown FILE]
//
// Every contender solves the same problem on the same random numbers. Results are compared before the clock runs; a wrong one
// is shown as wrong and does not count. Times are medians of Google Benchmark's repetitions, interleaved at random. "ratio" is
// the best rival's time divided by Tenon's: above 1, Tenon is faster. "floor" is what the project promises at least.
#include <benchmark/benchmark.h>
#include <oneapi/tbb/global_control.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <map>
#include <memory>
#include <random>

#include "problem.hpp"

namespace compare {

void set_threads(int n) {
  set_torch_threads(n);
  set_openblas_threads(n);
  set_onednn_threads(n);
}

namespace {

// Random numbers in [-1, 1), the same for every row.
const float* numbers(std::size_t i) {
  static const auto pool = [] {
    std::vector<float> v(std::size_t{17} << 20);
    std::mt19937 engine(1);
    std::uniform_real_distribution<float> uniform(-1, 1);
    for (auto& x : v) x = uniform(engine);
    return v;
  }();
  static const auto second = pool, third = pool;
  return (i == 0 ? pool : i == 1 ? second : third).data() + 64 * i;
}

std::vector<problem> rows() {
  std::vector<problem> all;
  const auto add = [&](problem p, std::size_t inputs) {
    for (std::size_t i = 0; i < inputs; ++i) p.in.push_back(numbers(i));
    all.push_back(std::move(p));
  };
  for (const std::int64_t n : {64, 128, 256, 512, 1024}) {
    const double d = static_cast<double>(n);
    add({"gemm", {n, n, n}, {}, 2 * d * d * d, 12 * d * d, static_cast<std::size_t>(n * n), 1e-4, 0.7}, 2);
  }
  add({"gemm", {16, 4096, 4096}, {}, 2.0 * 16 * 4096 * 4096, 4.0 * 4096 * 4096, 16 * 4096, 1e-4, 0.7}, 2);
  struct image { std::int64_t n, c, h, o, k, stride, pad, groups; };
  for (const auto& c : {image{1, 64, 56, 64, 3, 1, 1, 1}, image{1, 128, 28, 128, 3, 1, 1, 1}, image{1, 256, 14, 256, 3, 1, 1, 1}, image{1, 512, 7, 512, 3, 1, 1, 1},
                        image{1, 256, 56, 64, 1, 1, 0, 1}, image{1, 3, 224, 64, 7, 2, 3, 1}, image{1, 256, 56, 256, 3, 1, 1, 256}}) {
    const double o = static_cast<double>((c.h + 2 * c.pad - c.k) / c.stride + 1);
    add({"conv2d", {c.n, c.c, c.h, c.o, c.k, c.stride, c.pad, c.groups}, {}, 2 * o * o * static_cast<double>(c.o * c.c / c.groups * c.k * c.k),
         4 * (o * o * static_cast<double>(c.o) + static_cast<double>(c.c * c.h * c.h)), static_cast<std::size_t>(o * o) * static_cast<std::size_t>(c.o), 1e-3, 0.6, true}, 2);
  }
  for (const std::int64_t length : {512, 2048})
    for (const std::int64_t causal : {0, 1}) {
      const double l = static_cast<double>(length);
      add({"attention", {12, length, 64, causal}, {}, 4 * l * l * 64 * 12 / (causal ? 2 : 1), 16 * l * 64 * 12, static_cast<std::size_t>(12 * length * 64), 1e-4,
           length == 2048 ? 1.0 : 0, true}, 3);
    }
  for (const auto& [r, c] : {std::pair<std::int64_t, std::int64_t>{4096, 4096}, {65536, 64}}) {
    const double size = static_cast<double>(r * c);
    const auto count = static_cast<std::size_t>(r * c), some = static_cast<std::size_t>(r);
    add({"softmax", {r, c}, {}, 0, 8 * size, count, 1e-5, 1.0}, 1);
    add({"log_softmax", {r, c}, {}, 0, 8 * size, count, 1e-5, 1.0}, 1);
    add({"logsumexp", {r, c}, {}, 0, 4 * size, some, 1e-5, 1.0}, 1);
  }
  add({"layer_norm", {4096, 1024}, {}, 0, 8.0 * 4096 * 1024, 4096 * 1024, 1e-4, 1.0, true}, 3);
  add({"sum", {4096, 4096}, {}, 0, 4.0 * 4096 * 4096, 1, 1e-3, 1.0}, 1);
  add({"row_sum", {4096, 4096}, {}, 0, 4.0 * 4096 * 4096, 4096, 1e-3, 1.0}, 1);
  add({"column_sum", {4096, 4096}, {}, 0, 4.0 * 4096 * 4096, 4096, 1e-3, 1.0}, 1);
  constexpr std::int64_t large = 16 << 20;
  add({"relu", {large}, {}, 0, 8.0 * large, large, 1e-6, 1.0}, 1);
  add({"exp", {large}, {}, 0, 8.0 * large, large, 1e-5, 1.0}, 1);
  add({"add", {large}, {}, 0, 12.0 * large, large, 1e-6, 1.0}, 2);
  add({"add_functional", {large}, {}, 0, 12.0 * large, 1, 1e-6, 2.0, true}, 2);
  add({"chain", {large}, {}, 0, 16.0 * large, large, 1e-5, 2.0, true}, 3);
  add({"chain", {64 << 10}, {}, 0, 16.0 * 64 * 1024, 64 << 10, 1e-5}, 3);
  add({"add_1", {1}, {}, 0, 0, 1, 1e-6, 5.0, true}, 2);
  return all;
}

struct contender {
  std::string name;
  solver run;
  std::vector<float> out;
  bool wrong = false;
  double seconds = 0;
};

// Functional forms of a rival leave only the first number of their result.
bool agrees(const std::vector<float>& a, const std::vector<float>& b, double tolerance, bool first_only) {
  double largest = 1e-30, difference = 0;
  for (std::size_t i = 0; i < (first_only ? 1 : a.size()); ++i) difference = std::fmax(difference, std::fabs(static_cast<double>(a[i]) - static_cast<double>(b[i])));
  for (const float x : a) largest = std::fmax(largest, std::fabs(static_cast<double>(x)));
  return difference <= tolerance * std::fmax(largest, 1);
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

double median(std::vector<double> v) {
  if (v.empty()) return 0;
  std::nth_element(v.begin(), v.begin() + static_cast<std::ptrdiff_t>(v.size() / 2), v.end());
  return v[v.size() / 2];
}

}  // namespace
}  // namespace compare

int main(int argc, char** argv) {
  using namespace compare;
  int threads = 1;
  std::string filter, file;
  for (int i = 1; i + 1 < argc; i += 2) {
    if (std::string(argv[i]) == "--threads") threads = std::atoi(argv[i + 1]);
    if (std::string(argv[i]) == "--filter") filter = argv[i + 1];
    if (std::string(argv[i]) == "--markdown") file = argv[i + 1];
  }
  const oneapi::tbb::global_control limit(oneapi::tbb::global_control::max_allowed_parallelism, static_cast<std::size_t>(threads));
  set_threads(threads);
  std::FILE* const to = file.empty() ? stdout : std::fopen(file.c_str(), "w");
  if (to == nullptr) return 1;

  const rival* const rivals[] = {torch(), torch_functional(), openblas(), onednn(), threads == 1 ? eigen() : nullptr};
  std::fprintf(to, "threads %d", threads);
  for (const auto* r : rivals)
    if (r) std::fprintf(to, "; %s %s", r->name, r->version().c_str());
  std::fprintf(to, "\n\n| work | Tenon | rate | best rival | its time | ratio | floor | all |\n|---|---:|---:|---|---:|---:|---:|---|\n");

  int below = 0;
  for (const problem& p : rows()) {
    if (p.name().find(filter) == std::string::npos) continue;
    std::vector<std::unique_ptr<contender>> all;
    const auto enter = [&](const char* name, auto solve) {
      auto c = std::make_unique<contender>();
      c->name = name;
      c->out.assign(p.out_size, -7.0F);
      c->run = solve(p, c->out.data());
      if (c->run) all.push_back(std::move(c));
    };
    enter("tenon", tenon_solver);
    for (const auto* r : rivals)
      if (r) enter(r->name, r->solve);
    for (auto& c : all) {
      c->run();
      c->wrong = !agrees(all[0]->out, c->out, p.tolerance, c->name == "torch functional");
    }
    benchmark::ClearRegisteredBenchmarks();
    for (auto& c : all)
      benchmark::RegisterBenchmark(c->name.c_str(), [&c](benchmark::State& state) {
        for (auto _ : state) c->run();
      })->UseRealTime()->MinTime(0.1)->Repetitions(5);
    collector results;
    benchmark::RunSpecifiedBenchmarks(&results);
    const contender* best = nullptr;
    std::string list;
    for (auto& c : all) {
      c->seconds = median(results.seconds[c->name]);
      char text[96];
      std::snprintf(text, sizeof text, "%s%s %.4g ms%s", list.empty() ? "" : ", ", c->name.c_str(), 1e3 * c->seconds, c->wrong ? " (wrong)" : "");
      list += text;
      const bool functional = c->name == "torch functional";
      if (c != all[0] && !c->wrong && functional == p.functional_floor && (!best || c->seconds < best->seconds)) best = c.get();
      if (c != all[0] && !c->wrong && p.functional_floor && !functional && p.op == "conv2d" && (!best || c->seconds < best->seconds)) best = c.get();
    }
    const double ours = all[0]->seconds, ratio = best ? best->seconds / ours : 0;
    char rate[48] = "";
    if (p.flops > 0) std::snprintf(rate, sizeof rate, "%.0f GFLOP/s", 1e-9 * p.flops / ours);
    else if (p.bytes > 0) std::snprintf(rate, sizeof rate, "%.1f GB/s", 1e-9 * p.bytes / ours);
    const bool met = p.floor == 0 || (best && ratio >= p.floor);
    below += !met;
    if (best)
      std::fprintf(to, "| %s | %.4g ms | %s | %s | %.4g ms | %.2f | %.3g%s | %s |\n", p.name().c_str(), 1e3 * ours, rate, best->name.c_str(), 1e3 * best->seconds, ratio,
                   p.floor, met ? "" : " **not met**", list.c_str());
    else
      std::fprintf(to, "| %s | %.4g ms | %s | missing | | | %.3g%s | %s |\n", p.name().c_str(), 1e3 * ours, rate, p.floor, met ? "" : " **not met**", list.c_str());
    std::fflush(to);
  }
  std::fprintf(to, "\n%d rows below their floor\n", below);
  return 0;
}
