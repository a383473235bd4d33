// The tasks, and the floor of each: what Tenon promises at least, as a ratio of times (rival / Tenon).
#include "rows.hpp"

namespace compare {

namespace {

// Numbers in [-1, 1), other ones for each input, the same in each run (splitmix64, Steele et al. 2014). Those of the fifth
// input, a variance, are positive.
const float* numbers(std::size_t input) {
  static memory pools[5];
  auto& pool = pools[input];
  if (!pool) {
    pool = allocate(large);
    for (std::size_t i = 0; i < large; ++i) {
      std::uint64_t z = (input * large + i + 1) * 0x9E3779B97F4A7C15U;
      z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9U;
      z = (z ^ (z >> 27)) * 0x94D049BB133111EBU;
      const float x = static_cast<float>(static_cast<std::int64_t>(z ^ (z >> 31)) >> 40) * 0x1p-23F;
      pool.get()[i] = input == 4 ? x + 1.5F : x;
    }
  }
  return pool.get();
}

}  // namespace

problem& list::add(const std::string& op, std::vector<std::int64_t> n, std::size_t inputs, std::int64_t out_size) {
  problem p;
  p.op = op;
  p.n = std::move(n);
  for (std::size_t i = 0; i < inputs; ++i) p.in.push_back(numbers(i));
  p.out_size = static_cast<std::size_t>(out_size);
  return all.emplace_back(std::move(p));
}

double product(const std::vector<std::int64_t>& n) {
  double all = 1;
  for (const auto size : n) all *= static_cast<double>(size);
  return all;
}

problem& pass(list& rows, const std::string& op, std::vector<std::int64_t> n, std::size_t inputs, std::int64_t out_size, form result) {
  auto& p = rows.add(op, std::move(n), inputs, out_size);
  p.result = result;
  p.floor = result == form::fresh && out_size > 4 << 20 ? 2 : 1;
  p.against = "torch";
  return p;
}

namespace {

// M N K, or batch M N K.
void matrix_products(list& rows) {
  const auto add = [&](std::vector<std::int64_t> n) {
    const auto batch = n.size() == 4 ? n[0] : 1, m = n[n.size() - 3], c = n[n.size() - 2];
    auto& p = rows.add(n.size() == 4 ? "bmm" : "gemm", n, 2, batch * m * c);
    p.flops = 2 * product(n);
    p.tolerance = 1e-4;
    p.floor = 0.7;
  };
  for (const std::int64_t n : {64, 128, 256, 512, 1024, 2048}) add({n, n, n});
  add({1, 4096, 4096});
  add({16, 4096, 4096});
  add({128, 3072, 768});
  add({96, 128, 128, 64});
}

// N C H=W O K stride padding groups. PyTorch has no convolution or attention that writes into memory which exists.
void convolutions(list& rows) {
  struct image {
    std::int64_t n, c, h, o, k, stride, pad, groups;
  };
  for (const auto& i : {image{1, 64, 56, 64, 3, 1, 1, 1}, {1, 128, 28, 128, 3, 1, 1, 1}, {1, 256, 14, 256, 3, 1, 1, 1}, {1, 512, 7, 512, 3, 1, 1, 1},
                        {1, 256, 56, 64, 1, 1, 0, 1}, {1, 3, 224, 64, 7, 2, 3, 1}, {1, 256, 56, 256, 3, 1, 1, 256}, {8, 64, 56, 64, 3, 1, 1, 1}}) {
    const auto side = (i.h + 2 * i.pad - i.k) / i.stride + 1, out = i.n * i.o * side * side;
    auto& p = rows.add("conv2d", {i.n, i.c, i.h, i.o, i.k, i.stride, i.pad, i.groups}, 2, out);
    p.flops = 2 * static_cast<double>(out) * static_cast<double>(i.c / i.groups * i.k * i.k);
    p.result = form::fresh;
    p.tolerance = 1e-4;
    p.floor = 0.6;
    p.against = "torch";
  }
}

// heads length width causal
void attentions(list& rows) {
  for (const std::int64_t length : {512, 2048})
    for (const std::int64_t causal : {0, 1}) {
      auto& p = rows.add("attention", {12, length, 64, causal}, 3, 12 * length * 64);
      p.flops = 4.0 * 12 * 64 * static_cast<double>(length * length) / (causal ? 2 : 1);
      p.result = form::fresh;
      p.tolerance = 1e-5;
      p.floor = length == 2048 ? 1 : 0;
      p.against = "torch";
    }
}

// rows, columns
void softmaxes(list& rows) {
  for (const auto& n : {std::vector<std::int64_t>{4096, 4096}, {65536, 64}}) {
    const std::int64_t size = n[0] * n[1];
    for (const char* op : {"softmax", "log_softmax"}) {
      pass(rows, op, n, 1, size).bytes = 8.0 * static_cast<double>(size);
      if (size == large) pass(rows, op, n, 1, size, form::fresh).bytes = 8.0 * static_cast<double>(size);
    }
    pass(rows, "logsumexp", n, 1, n[0]).bytes = 4.0 * static_cast<double>(size);
  }
}

// layer and rms: rows, columns. batch and group: N C H W, in 32 groups.
void normalizations(list& rows) {
  const auto add = [&](const char* op, std::vector<std::int64_t> n, std::size_t inputs, form result) {
    const double size = product(n);
    auto& p = pass(rows, op, std::move(n), inputs, static_cast<std::int64_t>(size), result);
    p.bytes = 8 * size;
    p.tolerance = 1e-4;
  };
  for (const std::int64_t r : {4096, 16384}) {
    add("layer_norm", {r, 1024}, 3, form::fresh);
    add("rms_norm", {r, 1024}, 2, form::fresh);
  }
  for (const std::int64_t images : {8, 64}) {
    add("group_norm", {images, 64, 64, 64}, 3, form::fresh);
    add("batch_norm", {images, 64, 64, 64}, 5, form::fresh);
    add("batch_norm", {images, 64, 64, 64}, 5, form::kept);
    add("batch_norm_train", {images, 64, 64, 64}, 3, form::fresh);
  }
}

void reductions(list& rows) {
  const auto add = [&](const char* op, std::int64_t out_size, double tolerance) {
    auto& p = pass(rows, op, {4096, 4096}, 1, out_size);
    p.bytes = 4.0 * 4096 * 4096;
    p.tolerance = tolerance;
  };
  for (const char* op : {"sum", "mean", "max", "var"}) add(op, 1, op == std::string("sum") || op == std::string("mean") ? 1e-3 : 1e-6);
  for (const char* op : {"row_sum", "row_max", "row_var", "column_sum", "column_max", "column_var"}) add(op, 4096, 1e-5);
}

void elementwise(list& rows) {
  for (const auto size : {large, small})
    for (const auto& [op, inputs] : {std::pair{"relu", 1}, {"exp", 1}, {"gelu", 1}, {"gelu_tanh", 1}, {"add", 2}, {"chain", 3}})
      for (const auto result : {form::kept, form::fresh}) {
        if (size == small && result == form::fresh) continue;
        pass(rows, op, {size}, static_cast<std::size_t>(inputs), size, result).bytes = 4.0 * static_cast<double>(size) * (inputs + 1);
      }
  auto& one = pass(rows, "add", {1}, 2, 1, form::fresh);
  one.floor = 5;
}

// Bytes: allocated, one byte of each 4 KiB page written, freed.
void allocation(list& rows) {
  auto& p = rows.add("allocate", {64 << 20}, 0, 1);
  p.result = form::fresh;
  p.floor = 50;
  p.against = "malloc";
}

}  // namespace

std::vector<problem> rows() {
  list all;
  matrix_products(all);
  convolutions(all);
  attentions(all);
  softmaxes(all);
  normalizations(all);
  reductions(all);
  elementwise(all);
  allocation(all);
  layers(all);
  moves(all);
  half_types(all);
  return std::move(all.all);
}

}  // namespace compare
