#pragma once
// Ops along a dimension whose kernels want dense rows: the dimension is exchanged with the last one, and what is not dense then
// goes through a copy.
#include <tenon/ops/calls/call.hpp>

namespace tenon::inline v0::inline TENON_BUILD::calls {

// x with dimension d last. A tensor of rank 0 has one row of one element.
inline result<any_tensor> rows_view(const any_tensor& x, int d) {
  return x.rank() == 0 ? x.view(shape(1)) : x.transpose(d, -1);
}
inline result<any_tensor> dense_rows(const char* op, const any_tensor& x, int d) {
  TENON_TRY(const any_tensor view, rows_view(x, d));
  return dense(op, view);
}

// A dense place for rows that belong in `out`: out's own memory, or memory that `finish` copies from.
class row_target {
 public:
  row_target() = default;                                  // no place: bytes() is null
  static result<row_target> make(const char* op, const any_tensor& out, int d) {
    TENON_TRY(any_tensor view, rows_view(out, d));
    any_tensor place = view;
    if (!view.contiguous()) {
      TENON_TRY(place, allocate_tensor(op, view.shape(), view.dtype(), view.where()));
    }
    return row_target(std::move(view), std::move(place));
  }
  std::byte* bytes() { return place_.bytes(); }
  void finish() {
    if (place_.bytes() != view_.bytes()) copy(place_, view_);
  }

 private:
  row_target(any_tensor view, any_tensor place) : view_(std::move(view)), place_(std::move(place)) {}
  any_tensor view_, place_;
};

}  // namespace tenon::inline v0::inline TENON_BUILD::calls
