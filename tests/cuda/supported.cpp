// test: alone links=tenon_cuda_on_host
// Every op of docs/support.md on the device. An elementwise function has its kernel in every type that the CPU has it in; any other op
// computes, or answers `unsupported`, and `supports` has said which.
#include <tenon/tenon.hpp>

#include <optional>
#include <string>

using namespace tenon;

namespace {

template <class T>
tensor<T> of_ones(const shape& s) {
  return unwrap(to(full<T>(s, T(1)), device::cuda));
}
tensor<std::int64_t> of_zeros(const shape& s) { return unwrap(to(zeros<std::int64_t>(s), device::cuda)); }

// Whether the call was carried out; nothing where these operands do not suit it.
template <class R>
std::optional<bool> carried_out(const R& r) {
  if (r) return true;
  if (r.error() == error_code::unsupported) return false;
  return {};
}

// What is wrong with an answer.
std::string wrong(const char* name, bool promised, std::optional<bool> done) {
  if (done && *done == promised) return "";
  return name + std::string(!done ? ": no operands suit it\n" : promised ? ": promised, and refused\n" : ": works, and not promised\n");
}

// Of an elementwise function: the types that the CPU has and the device has not.
template <template <class> class F>
std::string missing(const char* name) {
  std::string types;
  for (int i = 0; i < dtype_count; ++i)
    visit(static_cast<dtype>(i), [&]<class T>(type_tag<T>) {
      if (supports<F<T>>(dtype_of<T>) && !supports<F<T>>(dtype_of<T>, device::cuda)) types += std::string(" ") + name_of(dtype_of<T>);
    });
  return types.empty() ? types : name + (":" + types + "\n");
}

// Of any other, in one type: which types there are is one table for each family, and its own test (tests/ops/).
template <class T, class Op, class Call>
std::string wrong_in(const char* name, Call call) {
  std::optional<bool> done;
  for (const shape& s : {shape{2, 2}, shape{2}, shape{1, 2, 2}, shape{1, 1, 2, 2}, shape{1, 1, 2, 2, 2}})
    if (!done) done = call(of_ones<T>(s), of_ones<bool>(s), of_zeros(s), of_ones<float>(s));
  return wrong(name, supports<Op>(dtype_of<T>, device::cuda), done);
}

template <template <class> class Op, class Call>
std::string wrong_row(const char* name, Call call) {
  if constexpr (requires { typename Op<float>::rule; }) return missing<Op>(name);
  else if constexpr (supports<Op<float>>(dtype::float32)) return wrong_in<float, Op<float>>(name, call);
  else return wrong_in<std::int64_t, Op<std::int64_t>>(name, call);
}

#include "../build/support_table/row_structs.inc"

std::string wrong_rows() {
  std::string text;
#define ROW(name, op, ...)                                                                                                        \
  text += wrong_row<JOIN(op_at_, __LINE__)>(name, []<class T>([[maybe_unused]] const tensor<T>& X, [[maybe_unused]] const auto& B, \
                                                              [[maybe_unused]] const auto& I, [[maybe_unused]] const auto& F) {   \
    return carried_out(tenon::__VA_ARGS__);                                                                                       \
  });
#include "../build/support_table/rows.inc"
  return text;
}
#undef SECTION                                     // Catch2 has a macro of this name, and so comes after the rows

}  // namespace

#include "../support/catch.hpp"

TEST_CASE("an op computes on the device or is unsupported, as supports has said; elementwise functions have all their kernels") {
  CHECK(wrong_rows() ==                            // their operands have unlike shapes: below
        "mv: no operands suit it\nconv1d: no operands suit it\nconv2d: no operands suit it\nconv3d: no operands suit it\n"
        "batch_norm: no operands suit it\ngroup_norm: no operands suit it\n");
  const auto x = of_ones<float>({2, 2}), v = of_ones<float>({2}), image = of_ones<float>({1, 2, 2, 2});
  const auto has = [](auto op) { return supports<typename decltype(op)::type>(dtype::float32, device::cuda); };
  const auto text = [&](auto op, const auto& r) { return wrong("it", has(op), carried_out(r)); };
  CHECK(text(type_tag<op::product<op::product_rank::mv>>{}, mv(x, v)) == "");
  CHECK(text(type_tag<op::convolution<1>>{}, conv1d(of_ones<float>({1, 2, 2}), of_ones<float>({2, 2, 1}), v)) == "");
  CHECK(text(type_tag<op::convolution<2>>{}, conv2d(image, of_ones<float>({2, 2, 1, 1}), v)) == "");
  CHECK(text(type_tag<op::convolution<3>>{}, conv3d(of_ones<float>({1, 2, 2, 2, 2}), of_ones<float>({2, 2, 1, 1, 1}), v)) == "");
  CHECK(text(type_tag<op::batch_norm>{}, batch_norm(x, v, v)) == "");
  CHECK(text(type_tag<op::row_norm>{}, group_norm(x, 1, v, v)) == "");
}

// Functions without a struct, for which there is nothing to ask.
TEST_CASE("what else has no kernel there is unsupported") {
  const auto refused = [](const auto& r) { return r.error() == error_code::unsupported; };
  CHECK(refused(arange<float>(3, {device::cuda})));
  CHECK(refused(linspace<float>(0, 1, 3, {device::cuda})));
}
