// Runs the conformance cases: reference inputs and expected outputs that were not computed with Tenon (the format stands in
// the collection's own README). They are read where they lie: $TENON_CONFORMANCE_DIR, or ../shared/conformance beside the
// checkout. Without them there is nothing to run; the exit status is then 77, which CTest counts as skipped.
//
//   conformance [WORD...]      only cases whose path contains one of the words, each with its outcome
//
// passed    the outputs are within the case's tolerances, or the error that it expects has come
// failed    they are not; or Tenon has the op, and this runner cannot say what the case asks for
// unlisted  the op is not one of Tenon's
// amended   a case that lacks an option of the call it comes from, run with it (case.cpp says which and why)
// stretch   goals that a case names itself not required are tried and printed, and counted as unlisted when missed
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <sstream>

#include "compare.hpp"
#include "registry.hpp"

namespace conformance {

namespace {

struct tally {
  int passed = 0, failed = 0, unlisted = 0;
};

enum class outcome { passed, failed, unlisted };

outcome run_case(const registry& r, const std::string& folder, const std::string& op, std::string& why) {
  const auto found = r.ops.find(op);
  if (found == r.ops.end()) {
    why = "the runner does not know this op";
    return is_unlisted(op) ? outcome::unlisted : outcome::failed;
  }
  const auto c = test_case::load(folder);
  if (!c) {
    why = c.error().message();
    return outcome::failed;
  }
  if (!c->amended.empty()) std::printf("amended  %s: with %s, which the case has lost\n", folder.c_str(), c->amended.c_str());
  why = difference(*c, found->second(*c));
  if (why.empty()) return outcome::passed;
  return c->stretch ? outcome::unlisted : outcome::failed;
}

int run(const std::string& root, int count, char** words) {
  std::ifstream index(root + "/index.tsv");
  if (!index) {
    std::printf("skipped: there are no conformance cases at %s (set TENON_CONFORMANCE_DIR)\n", root.c_str());
    return 77;
  }
  registry r;
  for (const auto add : {add_elementwise, add_logic, add_activation, add_softmax, add_reduction, add_shape, add_indexing, add_matmul, add_convolution, add_pooling,
                         add_normalization, add_attention, add_loss, add_linalg})
    add(r);

  std::map<std::string, tally> by_op;
  tally all;
  std::string line;
  std::getline(index, line);                                 // the names of the columns
  while (std::getline(index, line)) {
    std::istringstream columns(line);
    std::string path, source, family, op;
    for (std::string* column : {&path, &source, &family, &op}) std::getline(columns, *column, '\t');
    bool wanted = count == 0;
    for (int i = 0; i < count; ++i) wanted = wanted || path.find(words[i]) != std::string::npos;
    if (!wanted) continue;
    std::string why;
    const outcome o = run_case(r, root + "/" + path, op, why);
    tally& t = by_op[op];
    for (tally* each : {&t, &all}) ++(o == outcome::passed ? each->passed : o == outcome::failed ? each->failed : each->unlisted);
    if (o == outcome::failed) std::printf("FAILED   %s: %s\n", path.c_str(), why.c_str());
    if (o != outcome::failed && count > 0) std::printf("%s %s\n", o == outcome::passed ? "passed  " : "unlisted", path.c_str());
  }
  std::printf("\n%-36s %7s %7s %9s\n", "op", "passed", "failed", "unlisted");
  for (const auto& [op, t] : by_op) std::printf("%-36s %7d %7d %9d\n", op.c_str(), t.passed, t.failed, t.unlisted);
  std::printf("\n%d passed, %d failed, %d unlisted\n", all.passed, all.failed, all.unlisted);
  return all.failed == 0 ? 0 : 1;
}

}  // namespace

}  // namespace conformance

int main(int argc, char** argv) {
  const char* given = std::getenv("TENON_CONFORMANCE_DIR");
  return conformance::run(given ? given : TENON_SOURCE_DIR "/../shared/conformance", argc - 1, argv + 1);
}
