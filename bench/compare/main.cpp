// Tenon beside Eigen, OpenBLAS, oneDNN and PyTorch: one table of ratios from one run.
//
//   sh bench/run.sh                               installs the rivals, builds, runs on 1 and 2 threads, writes table and plot
//   bench_compare [--threads N] [--rows TEXT,...] [--csv FILE]
//
// Every contender solves the same problem on the same numbers. Results are compared before the clock runs; one that differs from
// Tenon's is shown as wrong and does not count. Times are medians. A ratio is the rival's time divided by Tenon's: above 1,
// Tenon is faster. The floor is what the project promises at least; a row whose rival is missing does not meet it. A row is level with its floor
// if its ratio is below, but the interval in which the true one lies reaches it.
// --rows takes the beginnings of the rows' names; --csv writes every contender's time, for bench/table.py.
// OpenBLAS reads OPENBLAS_CORETYPE when the program starts; --openblas prints its speed and ends, for bench/run.sh to choose.
#include <oneapi/tbb/global_control.h>
#include <tenon/core/build.hpp>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <fstream>

#include "measure.hpp"

namespace compare {

namespace {

std::string processor() {
  std::ifstream file("/proc/cpuinfo");
  for (std::string line; std::getline(file, line);)
    if (line.starts_with("model name")) return line.substr(line.find(':') + 2);
  return "unknown";
}

const char* text_of(form f) { return f == form::kept ? "kept" : "fresh"; }

std::string time_text(double seconds) {
  char text[32];
  std::snprintf(text, sizeof text, seconds < 1e-6 ? "%.1f ns" : seconds < 1e-3 ? "%.2f us" : "%.3f ms", seconds * (seconds < 1e-6 ? 1e9 : seconds < 1e-3 ? 1e6 : 1e3));
  return text;
}

// The contender that the row's floor speaks of, or null.
const timing* measured_against(const problem& p, const std::vector<timing>& all) {
  const timing* best = nullptr;
  for (std::size_t i = 1; i < all.size(); ++i)
    if (all[i].agrees && (p.against.empty() || p.against == all[i].contender) && (!best || all[i].ratio < best->ratio)) best = &all[i];
  return best;
}

struct options {
  int threads = 1;
  std::vector<std::string> rows;
  std::FILE* csv = nullptr;
  bool openblas = false;
};

bool parse(int argc, char** argv, options& o) {
  for (int i = 1; i < argc; ++i) {
    const std::string name = argv[i];
    if (name == "--openblas") {
      o.openblas = true;
      continue;
    }
    if (i + 1 == argc) return false;
    const std::string value = argv[++i];
    if (name == "--threads") {
      o.threads = std::atoi(value.c_str());
    } else if (name == "--rows") {
      for (std::size_t begin = 0; begin <= value.size();) {
        const std::size_t end = std::min(value.find(',', begin), value.size());
        o.rows.push_back(value.substr(begin, end - begin));
        begin = end + 1;
      }
    } else if (name == "--csv") {
      o.csv = std::fopen(value.c_str(), "a");
      if (!o.csv) return false;
    } else {
      return false;
    }
  }
  return o.threads > 0;
}

bool wanted(const problem& p, const options& o) {
  bool any = o.rows.empty();
  for (const auto& beginning : o.rows) any = any || p.op.starts_with(beginning);
  return any;
}

// Where a row is beside its floor.
enum class standing { met, level, below };
standing standing_of(const problem& p, const timing* rival) {
  if (p.floor == 0) return standing::met;
  if (!rival) return standing::below;
  return rival->ratio >= p.floor ? standing::met : rival->ratio_high >= p.floor ? standing::level : standing::below;
}

// Prints the row.
standing report(const problem& p, const std::vector<timing>& all, const options& o) {
  const timing* const rival = measured_against(p, all);
  const standing found = standing_of(p, rival);
  std::printf("%-17s %-30s %-5s %10s", p.op.c_str(), p.sizes().c_str(), text_of(p.result), time_text(all[0].seconds).c_str());
  if (p.flops > 0) std::printf(" %7.1f GFLOP/s", 1e-9 * p.flops / all[0].seconds);
  else if (p.bytes > 0) std::printf(" %7.1f GB/s   ", 1e-9 * p.bytes / all[0].seconds);
  else std::printf("                ");
  if (rival)
    std::printf("  %6.2f (%.2f to %.2f) of %s", rival->ratio, rival->ratio_low, rival->ratio_high, rival->contender.c_str());
  else
    std::printf("  %s missing", p.against.empty() ? "every rival" : p.against.c_str());
  if (p.floor > 0) std::printf(", floor %.3g%s", p.floor, found == standing::met ? "" : found == standing::level ? " LEVEL" : " NOT MET");
  std::printf("  (");
  for (std::size_t i = 1; i < all.size(); ++i)
    std::printf("%s%s %s%s", i > 1 ? ", " : "", all[i].contender.c_str(), time_text(all[i].seconds).c_str(), all[i].agrees ? "" : " WRONG");
  std::printf(")\n");
  std::fflush(stdout);
  if (o.csv) {
    for (const auto& t : all)
      std::fprintf(o.csv, "%d,%s,%s,%s,%g,%s,%s,%.4g,%.4g,%.4g,%.4g,%.4g,%.4g,%g,%g,%d\n", o.threads, p.op.c_str(), p.sizes().c_str(), text_of(p.result), p.floor,
                   p.against.c_str(), t.contender.c_str(), t.seconds, t.low, t.high, t.ratio, t.ratio_low, t.ratio_high, p.flops, p.bytes, t.agrees);
    std::fflush(o.csv);
  }
  return found;
}

// The product of two 512 x 512 matrices, in GFLOP/s; 0 if it is wrong.
int print_openblas() {
  if (!openblas()) return 1;
  openblas()->set_threads(1);
  for (auto& p : rows()) {
    if (p.op != "gemm" || p.n[0] != 512) continue;
    const auto all = measure(p, {openblas()});
    std::printf("%.1f %s\n", all[1].agrees ? 1e-9 * p.flops / all[1].seconds : 0.0, openblas()->version().c_str());
  }
  return 0;
}

int run(const options& o) {
  const oneapi::tbb::global_control limit(oneapi::tbb::global_control::max_allowed_parallelism, static_cast<std::size_t>(o.threads));
  std::vector<const rival*> rivals;
  for (const auto* r : {torch(), openblas(), onednn(), eigen(), system_malloc()})
    if (r) rivals.push_back(r);
  std::string setup = "Tenon " TENON_VERSION_STRING ", " + processor();
  for (const auto* r : rivals) setup.append("; ").append(r->name).append(" ").append(r->version());
  std::printf("%d thread%s; %s\n", o.threads, o.threads > 1 ? "s" : "", setup.c_str());
  if (o.csv) std::fprintf(o.csv, "# %s\n", setup.c_str());

  int below = 0, level = 0, count = 0;
  for (const auto& p : rows()) {
    if (!wanted(p, o)) continue;
    for (const auto* r : rivals) r->set_threads(o.threads);
    const standing found = report(p, measure(p, rivals), o);
    below += found == standing::below;
    level += found == standing::level;
    ++count;
  }
  std::printf("%d rows, %d level with their floor, %d below\n", count, level, below);
  return 0;
}

}  // namespace
}  // namespace compare

int main(int argc, char** argv) {
  compare::options o;
  if (!compare::parse(argc, argv, o)) {
    std::fprintf(stderr, "usage: bench_compare [--threads N] [--rows TEXT,...] [--csv FILE] | --openblas\n");
    return 2;
  }
  return o.openblas ? compare::print_openblas() : compare::run(o);
}
