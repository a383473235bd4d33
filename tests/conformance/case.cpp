#include "case.hpp"

#include <tenon/io/npy.hpp>
#include <tenon/ops/copy.hpp>
#include <tenon/ops/factory.hpp>

#include <bit>
#include <cmath>
#include <cstring>

namespace conformance {

namespace {

constexpr const char* here = "conformance";

tn::result<std::string> read_file(const std::string& path) {
  TENON_TRY(auto file, tn::io::detail::input_file::open(here, path));
  std::string content(static_cast<std::size_t>(file.size()), '\0');
  TENON_TRY_VOID(file.read(content.data(), file.size()));
  return content;
}

tn::result<element_type> element_type_of(const std::string& name) {
  for (int i = 0; i < tn::dtype_count; ++i)
    if (name == tn::name_of(static_cast<tn::dtype>(i))) return element_type{name, static_cast<tn::dtype>(i), 0};
  if (name == "uint16") return element_type{name, tn::dtype::int32, 16};
  if (name == "uint32") return element_type{name, tn::dtype::int64, 32};
  if (name == "uint64") return element_type{name, tn::dtype::int64, 64};
  return cannot(make_text("there is no dtype for ", std::string_view(name)));
}

tn::result<tn::shape> shape_of(const value* extents) {
  std::vector<index_t> list;
  for (const value& v : extents ? extents->items : std::vector<value>()) list.push_back(static_cast<index_t>(v.number));
  return tn::shape::from(list);
}

template <class U, class T>
tn::result<any_tensor> widen(const char* bytes, const tn::shape& s) {
  TENON_TRY(auto x, tn::empty<T>(s));
  for (index_t i = 0; i < x.numel(); ++i) {
    U element;
    std::memcpy(&element, bytes + static_cast<std::size_t>(i) * sizeof(U), sizeof(U));
    x.data()[i] = static_cast<T>(element);
  }
  return x.any();
}

// A file of a type that load_npy does not know: unsigned integers, or the bits of bfloat16. Format version 1.0, little-endian,
// C order, as all files of the collection.
tn::result<any_tensor> load_raw(const std::string& path, const element_type& type, const tn::shape& s) {
  static_assert(std::endian::native == std::endian::little);
  TENON_TRY(const std::string file, read_file(path));
  if (file.size() < 10 || file.compare(0, 8, std::string("\x93NUMPY\x01\x00", 8)) != 0) return cannot(make_text("not an npy file of version 1.0"));
  const std::size_t start = 10 + static_cast<unsigned char>(file[8]) + 256u * static_cast<unsigned char>(file[9]);
  const bool bfloat16 = type.held == tn::dtype::bfloat16;
  const std::size_t width = bfloat16 ? 2 : static_cast<std::size_t>(type.unsigned_bits) / 8;
  if (file.size() < start + width * static_cast<std::size_t>(s.numel())) return cannot(make_text("the file is too short"));
  if (bfloat16) {
    TENON_TRY(auto x, tn::empty<tn::bfloat16>(s));
    if (s.numel() > 0) std::memcpy(static_cast<void*>(x.data()), file.data() + start, 2 * static_cast<std::size_t>(s.numel()));
    return x.any();
  }
  if (width == 2) return widen<std::uint16_t, std::int32_t>(file.data() + start, s);
  if (width == 4) return widen<std::uint32_t, std::int64_t>(file.data() + start, s);
  return widen<std::uint64_t, std::int64_t>(file.data() + start, s);
}

tn::result<any_tensor> constant(double v, tn::dtype type, const tn::shape& s) {
  return tn::visit(type, [&]<class T>(tn::type_tag<T>) -> tn::result<any_tensor> {
    if constexpr (tn::complex_type<T>) {
      return cannot(make_text("no complex constants"));
    } else {
      TENON_TRY(auto x, tn::full<T>(s, v));
      return x.any();
    }
  });
}

tn::result<argument> read_argument(const std::string& folder, const value& v) {
  argument a;
  const value *name = v.find("name"), *type = v.find("dtype"), *file = v.find("file"), *fill = v.find("fill"), *stored = v.find("stored_as");
  if (name) a.name = name->text;
  if (type == nullptr) return cannot(make_text("an argument without a dtype"));
  TENON_TRY(a.type, element_type_of(type->text));
  TENON_TRY(const tn::shape s, shape_of(v.find("shape")));
  if (fill) {
    TENON_TRY(a.tensor, constant(fill->number, a.type.held, s));
  } else if (file == nullptr) {
    return cannot(make_text("an argument with neither file nor fill"));
  } else if (stored || a.type.unsigned_bits != 0) {
    TENON_TRY(a.tensor, load_raw(folder + "/" + file->text, a.type, s));
  } else {
    TENON_TRY(a.tensor, tn::io::load_npy(folder + "/" + file->text));
  }
  if (a.tensor.shape() != s || a.tensor.dtype() != a.type.held)
    return cannot(make_text("the file holds ", a.tensor.dtype(), " ", a.tensor.shape(), ", case.json says ", std::string_view(a.type.name), " ", s));
  return a;
}

// Attributes that a case has lost. `allclose_near` is the call allclose(0.99 x + 0.1, x, 1.1, 0.1) of PyTorch's
// FunctionalTest.AllClose, with its inputs and its answer, but without the two tolerances; by the defaults the answer is no.
struct lost_attribute {
  std::string_view folder, name;
  double number;
};
constexpr lost_attribute lost_attributes[] = {{"torch-functional/logic/allclose_near", "rtol", 1.1},
                                              {"torch-functional/logic/allclose_near", "atol", 0.1}};

}  // namespace

tn::error cannot(const tn::text& why) { return tn::error(tn::error_code::unsupported, here, why); }

tn::result<test_case> test_case::load(const std::string& folder) {
  TENON_TRY(std::string json, read_file(folder + "/case.json"));
  test_case c;
  tn::io::json_reader reader(json.data(), json.size());
  if (!read_value(reader, c.document_) || !reader.finish())
    return cannot(make_text("case.json, byte ", static_cast<index_t>(reader.position()), ": ", reader.problem()));
  c.amend(folder);
  const auto text_of = [&](const char* key, const std::string& otherwise) {
    const value* v = c.document_.find(key);
    return v ? v->text : otherwise;
  };
  const auto number_of = [&](const char* key) {
    const value* v = c.document_.find(key);
    return v ? v->number : 0;
  };
  c.op = text_of("op", "");
  c.opset = static_cast<int>(number_of("opset"));
  c.expect = text_of("expect", "");
  c.compare = text_of("compare", "elementwise");
  c.rtol = number_of("rtol");
  c.atol = number_of("atol");
  if (const value* v = c.document_.find("stretch")) c.stretch = v->boolean;
  c.properties = c.document_.find("properties") != nullptr;
  c.property_tolerance = number_of("property_tol");
  for (const char* key : {"inputs", "outputs"}) {
    auto& list = key[0] == 'i' ? c.inputs : c.outputs;
    if (const value* v = c.document_.find(key))
      for (const value& item : v->items) {
        list.emplace_back();
        if (item.is(value::kind_type::null)) continue;
        TENON_TRY(list.back(), read_argument(folder, item));
        // As an input, 2^63 would be a negative number; as an output, its bits are compared.
        if (key[0] == 'i' && list.back()->type.unsigned_bits == 64)
          for (const std::int64_t n : whole_numbers(list.back()->tensor))
            if (n < 0) return cannot(make_text("a uint64 value does not fit int64"));
      }
  }
  if (const std::string file = text_of("tolerance_file", ""); !file.empty()) {
    TENON_TRY(c.tolerance, tn::io::load_npy(folder + "/" + file));
  }
  return c;
}

std::vector<index_t> test_case::integers(std::size_t i) const {
  std::vector<index_t> list;
  if (has(i))
    for (const double v : numbers(inputs[i]->tensor)) list.push_back(static_cast<index_t>(std::llround(v)));
  return list;
}

void test_case::amend(const std::string& folder) {
  for (const auto& lost : lost_attributes) {
    if (!std::string_view(folder).ends_with(lost.folder) || given(lost.name)) continue;
    for (auto& [key, all] : document_.members) {
      if (key != "attributes") continue;
      value v;
      v.kind = value::kind_type::number;
      v.number = lost.number;
      all.members.emplace_back(std::string(lost.name), v);
      amended += (amended.empty() ? "" : ", ") + std::string(make_text(lost.name, " = ", lost.number).view());
    }
  }
}

const value* test_case::attribute(std::string_view name) const {
  for (const char* from : {"attributes", "attribute_defaults"})
    if (const value* all = document_.find(from))
      if (const value* v = all->find(name); v && !v->is(value::kind_type::null)) return v;
  return nullptr;
}
double test_case::number(std::string_view name, double otherwise) const {
  const value* v = attribute(name);
  return v == nullptr ? otherwise : v->is(value::kind_type::array) ? (v->items.empty() ? otherwise : v->items[0].number) : v->number;
}
bool test_case::flag(std::string_view name, bool otherwise) const {
  const value* v = attribute(name);
  return v == nullptr ? otherwise : v->is(value::kind_type::boolean) ? v->boolean : v->number != 0;
}
std::string test_case::text(std::string_view name, const char* otherwise) const {
  const value* v = attribute(name);
  return v ? v->text : otherwise;
}
std::vector<index_t> test_case::list(std::string_view name) const {
  std::vector<index_t> all;
  const value* v = attribute(name);
  if (v == nullptr) return all;
  if (!v->is(value::kind_type::array)) return {static_cast<index_t>(v->number)};
  for (const value& item : v->items) all.push_back(static_cast<index_t>(item.number));
  return all;
}
tn::result<any_tensor> test_case::tensor(std::string_view name) const {
  const value* v = attribute(name);
  const value *content = v ? v->find("tensor") : nullptr, *type = v ? v->find("dtype") : nullptr;
  if (content == nullptr || type == nullptr || content->items.size() != 1) return cannot(make_text("attribute ", name, " is not a tensor of one element"));
  TENON_TRY(const auto t, element_type_of(type->text));
  return constant(content->items[0].number, t.held, {1});
}

std::vector<double> numbers(const any_tensor& x) {
  std::vector<double> all;
  if (const auto dense = tn::contiguous(tn::to<double>(x))) all.assign(dense->data(), dense->data() + dense->numel());
  return all;
}
std::vector<std::complex<double>> complex_numbers(const any_tensor& x) {
  std::vector<std::complex<double>> all;
  if (const auto dense = tn::contiguous(tn::to<std::complex<double>>(x))) all.assign(dense->data(), dense->data() + dense->numel());
  return all;
}
std::vector<std::int64_t> whole_numbers(const any_tensor& x) {
  std::vector<std::int64_t> all;
  if (const auto dense = tn::contiguous(tn::to<std::int64_t>(x))) all.assign(dense->data(), dense->data() + dense->numel());
  return all;
}

}  // namespace conformance
