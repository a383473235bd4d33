// The elementwise loop against index arithmetic: random shapes, each operand in a random layout of its own (dimensions in
// any order, with steps, gaps, backwards, broadcast) and with elements of its own size, with and without streaming, in one
// piece and in many. Bytes of the output that no element covers must stay as they are.
#include <tenon/kernels/cpu/element_movers.hpp>
#include <tenon/kernels/cpu/elementwise_loop.hpp>

#include "support/catch.hpp"

#include <cstring>
#include <random>
#include <vector>

namespace tenon_test::elementwise_loop_test {
using namespace tenon::kernels;
using tenon::index_t;

namespace {

using random_engine = std::mt19937_64;

struct operand_memory {
  std::vector<unsigned char> bytes;
  index_t first = 0;
  index_t stride[tenon::max_rank] = {};

  operand_memory(random_engine& g, int rank, const index_t* extent, index_t item, bool broadcast) {
    int order[tenon::max_rank];
    for (int d = 0; d < rank; ++d) order[d] = d;
    if (g() % 2 == 0)
      for (int d = rank - 1; d > 0; --d) std::swap(order[d], order[g() % static_cast<std::size_t>(d + 1)]);
    index_t step = item;
    for (int d = rank - 1; d >= 0; --d) {
      const int at = order[d];
      if (broadcast && g() % 3 == 0) continue;  // stride 0
      if (g() % 7 == 0) step *= 2;
      stride[at] = step;
      step *= extent[at] > 0 ? extent[at] : 1;
      if (g() % 7 == 0) step += 3 * item;
      if (g() % 7 == 0 && extent[at] > 0) {
        first += stride[at] * (extent[at] - 1);
        stride[at] = -stride[at];
      }
    }
    bytes.resize(static_cast<std::size_t>(step));
    for (auto& b : bytes) b = static_cast<unsigned char>(g());
  }
  unsigned char* data() { return bytes.data() + first; }
};

struct operand_sizes {
  int inputs;
  index_t item[5];  // [0] of the output
};

// The first bytes of each element added up, with a factor for each operand; repeated over the output's element.
unsigned char mixed(const operand_sizes& sizes, const unsigned char* const* element) {
  unsigned sum = 1;
  for (int i = 0; i < sizes.inputs; ++i)
    for (index_t b = 0; b < sizes.item[i + 1]; ++b) sum = sum * 31 + element[i][b];
  return static_cast<unsigned char>(sum);
}
void mix(const void* data, void* out, const void* const* in, index_t n) {
  const auto& sizes = *static_cast<const operand_sizes*>(data);
  for (index_t k = 0; k < n; ++k) {
    const unsigned char* element[4];
    for (int i = 0; i < sizes.inputs; ++i)
      element[i] = static_cast<const unsigned char*>(in[i]) + k * sizes.item[i + 1];
    std::memset(static_cast<unsigned char*>(out) + k * sizes.item[0], mixed(sizes, element),
                static_cast<std::size_t>(sizes.item[0]));
  }
}

// Tasks in another order, as threads might take them.
void backwards(int, index_t count, context::task task, void* self) {
  for (index_t i = count; i-- > 0;) task(self, i);
}

void run(random_engine& g, int rank, const index_t* extent, bool stream, bool threads) {
  static constexpr index_t item_sizes[] = {1, 2, 4, 8, 16};
  operand_sizes sizes{static_cast<int>(g() % 5), {}};
  const index_t common = item_sizes[g() % 5];
  for (auto& item : sizes.item) item = g() % 3 != 0 ? common : item_sizes[g() % 5];
  std::vector<operand_memory> memory;
  elementwise_operand operands[5];
  elementwise_plan plan;
  plan.rank = rank;
  plan.operands = sizes.inputs + 1;
  plan.operand = operands;
  plan.movers = &cpu::movers<all_item_sizes>;
  plan.stream = stream;
  for (int d = 0; d < rank; ++d) plan.extent[d] = extent[d];
  for (int i = 0; i < plan.operands; ++i) memory.emplace_back(g, rank, extent, sizes.item[i], i > 0);
  for (int i = 0; i < plan.operands; ++i) {
    const auto k = static_cast<std::size_t>(i);
    operands[i].data = reinterpret_cast<std::byte*>(memory[k].data());
    operands[i].item = sizes.item[i];
    for (int d = 0; d < rank; ++d) operands[i].stride[d] = memory[k].stride[d];
  }

  auto want = memory[0].bytes;
  index_t position[tenon::max_rank] = {}, n = 1;
  for (int d = 0; d < rank; ++d) n *= extent[d];
  const auto offset = [&](std::size_t i) {
    index_t o = memory[i].first;
    for (int d = 0; d < rank; ++d) o += position[d] * memory[i].stride[d];
    return static_cast<std::size_t>(o);
  };
  for (index_t e = 0; e < n; ++e) {
    const unsigned char* element[4];
    for (int i = 0; i < sizes.inputs; ++i)
      element[i] = memory[static_cast<std::size_t>(i) + 1].bytes.data() + offset(static_cast<std::size_t>(i) + 1);
    std::memset(want.data() + offset(0), mixed(sizes, element), static_cast<std::size_t>(sizes.item[0]));
    for (int d = rank - 1; d >= 0 && ++position[d] == extent[d]; --d) position[d] = 0;
  }

  plan_elementwise(plan);
  const int way = plan.numel == 0 || plan.dense() ? -1 : static_cast<int>(cut_elementwise(plan).way);
  cpu::run_elementwise(threads ? context{&backwards, 3} : context{}, plan, &mix, &sizes, threads ? n / 7 + 1 : 0);
  CAPTURE(rank, sizes.inputs, stream, threads, way);
  REQUIRE(memory[0].bytes == want);
}

}  // namespace

TEST_CASE("random shapes and layouts") {
  random_engine g(11);
  for (int round = 0; round < 3000; ++round) {
    index_t extent[tenon::max_rank];
    const int rank = static_cast<int>(g() % 6);
    for (int d = 0; d < rank; ++d) {
      static constexpr index_t extents[] = {1, 2, 3, 4, 5, 7, 8, 13, 17, 33};
      extent[d] = g() % 40 == 0 ? 0 : extents[g() % (rank > 3 ? 6 : 10)];
    }
    if (rank > 0 && g() % 3 == 0) extent[g() % static_cast<std::size_t>(rank)] = static_cast<index_t>(60 + g() % 90);
    run(g, rank, extent, g() % 2 == 0, g() % 2 == 0);
  }
}

// By pages, where input and output lie in theirs alike; else by blocks.
TEST_CASE("one dense input, at every place in its page") {
  constexpr index_t page = stream_page, most = 5 * page;
  std::vector<unsigned char> from(most + 2 * page), to(most + 2 * page);
  random_engine g(13);
  for (auto& byte : from) byte = static_cast<unsigned char>(g());
  const auto at = [](std::vector<unsigned char>& bytes, index_t place) {
    const auto address = reinterpret_cast<std::uintptr_t>(bytes.data());
    return reinterpret_cast<std::byte*>(bytes.data()) + (page - static_cast<index_t>(address % page)) % page + place;
  };
  for (const index_t item : {1, 2, 4, 8, 16})
    for (const index_t place : {index_t{0}, index_t{16}, index_t{64}, index_t{1040}, page - 16})
      for (const index_t apart : {0, 16, 2048})
        for (const index_t bytes : {item, index_t{48}, page - 16, page, page + 16, most - 64})
          for (const bool threads : {false, true}) {
            const operand_sizes sizes{1, {item, item}};
            elementwise_operand operands[2];
            operands[0] = {at(to, place), item, {item}};
            operands[1] = {at(from, (place + apart) % page), item, {item}};
            elementwise_plan plan;
            plan.rank = 1;
            plan.operands = 2;
            plan.operand = operands;
            plan.movers = &cpu::movers<all_item_sizes>;
            plan.stream = plan.by_page = true;
            const index_t n = plan.extent[0] = bytes / item;
            auto want = to;
            for (index_t e = 0; e < n; ++e) {
              const auto* element = reinterpret_cast<const unsigned char*>(operands[1].data + e * item);
              std::memset(want.data() + (operands[0].data - reinterpret_cast<std::byte*>(to.data())) + e * item, mixed(sizes, &element),
                          static_cast<std::size_t>(item));
            }
            plan_elementwise(plan);
            cpu::run_elementwise(threads ? context{&backwards, 3} : context{}, plan, &mix, &sizes, threads ? n / 7 + 1 : 0);
            CAPTURE(item, place, apart, bytes, threads);
            REQUIRE(to == want);
          }
}

TEST_CASE("large planes, where inputs are transposed by tiles") {
#if defined(TENON_TEST_REDUCED)
  const int rounds = 20;
#else
  const int rounds = 60;
#endif
  random_engine g(12);
  for (int round = 0; round < rounds; ++round) {
    index_t extent[3] = {static_cast<index_t>(1 + g() % 3), static_cast<index_t>(8 + g() % 400),
                         static_cast<index_t>(64 + g() % 700)};
    run(g, 3, extent, g() % 2 == 0, g() % 2 == 0);
  }
}

}  // namespace tenon_test::elementwise_loop_test
