// The copy kernel against index arithmetic: random shapes in random layouts on both sides, every element size, with and
// without streaming, in one piece and in many. Bytes of the output that no element covers must stay as they are.
#include <tenon/kernels/cpu/copy.hpp>

#include "support/catch.hpp"

#include <cstring>
#include <random>
#include <vector>

namespace tenon_test::copy_test {
using namespace tenon::kernels;
using tenon::index_t;

namespace {

using random_engine = std::mt19937_64;

index_t pick(random_engine& g, std::initializer_list<index_t> from) { return from.begin()[g() % from.size()]; }

// A random layout of `extent`: dimensions in any order, some with a step, a gap or backwards.
struct memory_of {
  std::vector<unsigned char> bytes;
  index_t first = 0;
  index_t stride[tenon::max_rank] = {};

  memory_of(random_engine& g, int rank, const index_t* extent, index_t item, bool dense_order, index_t lead) {
    int order[tenon::max_rank];
    for (int d = 0; d < rank; ++d) order[d] = d;
    if (!dense_order)
      for (int d = rank - 1; d > 0; --d) std::swap(order[d], order[g() % static_cast<std::size_t>(d + 1)]);
    index_t step = item;
    first = lead * item;
    for (int d = rank - 1; d >= 0; --d) {
      const int at = order[d];
      if (g() % 6 == 0) step *= 2;
      stride[at] = step;
      step *= extent[at] > 0 ? extent[at] : 1;
      if (g() % 6 == 0) step += 3 * item;
      if (g() % 8 == 0 && extent[at] > 0) {
        first += stride[at] * (extent[at] - 1);
        stride[at] = -stride[at];
      }
    }
    bytes.resize(static_cast<std::size_t>(step + (lead + 1) * item));
  }
  unsigned char* data() { return bytes.data() + first; }
};

template <class F>
void for_each(int rank, const index_t* extent, F f) {
  index_t position[tenon::max_rank] = {}, n = 1;
  for (int d = 0; d < rank; ++d) n *= extent[d];
  for (index_t i = 0; i < n; ++i) {
    f(position);
    for (int d = rank - 1; d >= 0 && ++position[d] == extent[d]; --d) position[d] = 0;
  }
}
index_t offset(int rank, const index_t* position, const index_t* stride) {
  index_t o = 0;
  for (int d = 0; d < rank; ++d) o += position[d] * stride[d];
  return o;
}

// Runs tasks from the last to the first, so that what depends on their order shows.
void backwards(int, index_t count, context::task t, void* self) {
  for (index_t i = count - 1; i >= 0; --i) t(self, i);
}

void run(random_engine& g, int rank, const index_t* extent, index_t item, bool stream, bool threads) {
  memory_of in(g, rank, extent, item, g() % 3 == 0, static_cast<index_t>(g() % 5));
  memory_of out(g, rank, extent, item, g() % 3 != 0, static_cast<index_t>(g() % 5));
  if (g() % 8 == 0 && rank > 0) in.stride[g() % static_cast<std::size_t>(rank)] = 0;       // broadcast
  for (auto& b : in.bytes) b = static_cast<unsigned char>(g());
  std::memset(out.bytes.data(), 0xcd, out.bytes.size());
  auto want = out.bytes;
  for_each(rank, extent, [&](const index_t* position) {
    std::memcpy(want.data() + out.first + offset(rank, position, out.stride), in.data() + offset(rank, position, in.stride),
                static_cast<std::size_t>(item));
  });

  elementwise_operand operands[2];
  elementwise_plan e;
  e.rank = rank;
  e.operands = 2;
  e.operand = operands;
  e.stream = stream;
  operands[0].data = reinterpret_cast<std::byte*>(out.data());
  operands[1].data = reinterpret_cast<std::byte*>(in.data());
  for (int d = 0; d < rank; ++d) {
    e.extent[d] = extent[d];
    operands[0].stride[d] = out.stride[d];
    operands[1].stride[d] = in.stride[d];
  }
  operands[0].item = operands[1].item = item;
  plan_elementwise(e);
  const copy_plan p = plan_copy(e);
  cpu::copy(threads ? context{&backwards, 3} : context{}, p);

  CAPTURE(rank, item, stream, threads, static_cast<int>(p.kind));
  for (int d = 0; d < rank; ++d) UNSCOPED_INFO("dim " << d << ": " << extent[d] << " out " << out.stride[d] << " in " << in.stride[d]);
  REQUIRE(std::memcmp(out.bytes.data(), want.data(), want.size()) == 0);
}

}  // namespace

TEST_CASE("copy between any two layouts") {
  random_engine g(5);
#if defined(TENON_TEST_REDUCED)
  constexpr int rounds = 400;
#else
  constexpr int rounds = 4000;
#endif
  for (int round = 0; round < rounds; ++round) {
    const int rank = static_cast<int>(g() % 6);
    index_t extent[tenon::max_rank];
    index_t n = 1;
    for (int d = 0; d < rank; ++d) {
      extent[d] = n > 3000 ? pick(g, {1, 2, 3}) : pick(g, {0, 1, 2, 3, 4, 5, 7, 8, 16, 17, 33, 64, 65, 130});
      n *= extent[d];
    }
    run(g, rank, extent, pick(g, {1, 2, 4, 8, 16}), g() % 2 == 0, g() % 3 == 0);
  }
}

TEST_CASE("copy of every matrix up to a few blocks, transposed") {
  random_engine g(6);
  for (const index_t item : {1, 2, 4, 8, 16})
    for (index_t rows = 1; rows <= 67; rows += rows < 20 ? 1 : 5)
      for (index_t columns = 1; columns <= 67; columns += columns < 20 ? 1 : 5) {
        std::vector<unsigned char> in(static_cast<std::size_t>(rows * columns * item)), out(in.size() + 64, 0xcd);
        for (auto& b : in) b = static_cast<unsigned char>(g());
        elementwise_operand operands[2];
        elementwise_plan e;
        e.rank = e.operands = 2;
        e.operand = operands;
        e.stream = (rows + columns) % 2 == 0;
        e.extent[0] = columns;
        e.extent[1] = rows;
        operands[0] = {reinterpret_cast<std::byte*>(out.data()), item, {rows * item, item}};
        operands[1] = {reinterpret_cast<std::byte*>(in.data()), item, {item, columns * item}};
        plan_elementwise(e);
        cpu::copy({}, plan_copy(e));
        index_t wrong = 0;
        for (index_t c = 0; c < columns; ++c)
          for (index_t r = 0; r < rows; ++r)
            wrong += std::memcmp(&out[static_cast<std::size_t>((c * rows + r) * item)], &in[static_cast<std::size_t>((r * columns + c) * item)],
                                 static_cast<std::size_t>(item)) != 0;
        for (std::size_t i = in.size(); i < out.size(); ++i) wrong += out[i] != 0xcd;
        CAPTURE(item, rows, columns);
        REQUIRE(wrong == 0);
      }
}

TEST_CASE("copy of tiles that are larger than one piece") {
  random_engine g(7);
  for (const index_t item : {1, 2, 4, 8, 16})
    for (const bool stream : {false, true})
      for (const bool threads : {false, true}) {
        const index_t extent[] = {2, 600 / item + 3, 1030 / item + 5};
        for (int i = 0; i < 4; ++i) run(g, 3, extent, item, stream, threads);
      }
}

}  // namespace tenon_test::copy_test
