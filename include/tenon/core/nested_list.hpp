#pragma once
// nested_list<T>: what braces mean to from_list. {{1, 2}, {3, 4}} is a list of two lists of two numbers.
//
// It refers to the braces of the call and lives no longer than that; a function takes it as a parameter and is done with it.
#include <tenon/core/convert.hpp>
#include <tenon/core/shape.hpp>

#include <initializer_list>

namespace tenon::inline v0 {

template <element T>
class nested_list {
 public:
  template <class S>
    requires(std::is_arithmetic_v<S> || half_type<S> || complex_type<S>)
  nested_list(S number) : number_(convert_value<T>(number)) {}
  nested_list(std::initializer_list<nested_list> items)
      : items_(items), is_list_(true) {}

  // The extents, if every list at the same depth has the same length.
  result<shape> extents(const char* op) const {
    shape s;
    for (const nested_list* l = this; l && l->is_list_; l = l->size() > 0 ? l->items_.begin() : nullptr)
      if (!s.push_back(l->size()))
        return error(error_code::unsupported, op, make_text("a tensor has at most ", max_rank, " dimensions"));
    TENON_TRY_VOID(check(op, s, 0));
    return s;
  }
  // All numbers in order. Returns the place behind the last one.
  T* copy_to(T* out) const {
    if (!is_list_) {
      *out = number_;
      return out + 1;
    }
    for (const nested_list& item : items_) out = item.copy_to(out);
    return out;
  }

 private:
  index_t size() const { return static_cast<index_t>(items_.size()); }
  result<void> check(const char* op, const shape& s, int depth) const {
    if (is_list_ != (depth < s.rank()))
      return error(error_code::shape_mismatch, op,
                   make_text("numbers and lists are mixed at depth ", depth, "; all entries of a list must have the same shape"));
    if (!is_list_) return {};
    if (size() != s[depth])
      return error(error_code::shape_mismatch, op,
                   make_text("the lists at depth ", depth, " have ", s[depth], " and ", size(), " entries; they must have equally many"));
    for (const nested_list& item : items_) TENON_TRY_VOID(item.check(op, s, depth + 1));
    return {};
  }

  T number_{};
  std::initializer_list<nested_list> items_;
  bool is_list_ = false;
};

}  // namespace tenon::inline v0
