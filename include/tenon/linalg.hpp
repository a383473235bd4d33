#pragma once
// All of linear algebra.
#include <tenon/linalg/cholesky.hpp>
#include <tenon/linalg/determinant.hpp>
#include <tenon/linalg/eig.hpp>
#include <tenon/linalg/eigh.hpp>
#include <tenon/linalg/low_rank.hpp>
#include <tenon/linalg/lstsq.hpp>
#include <tenon/linalg/lu.hpp>
#include <tenon/linalg/pinv.hpp>
#include <tenon/linalg/polar.hpp>
#include <tenon/linalg/qr.hpp>
#include <tenon/linalg/schur.hpp>
#include <tenon/linalg/solve.hpp>
#include <tenon/linalg/solve_triangular.hpp>
#include <tenon/linalg/svd.hpp>
