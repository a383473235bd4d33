#pragma once
// Where the tests' data lie.

namespace tenon_test {

const char* source_dir();              // the folder tests/ of the checkout that this program was built from

}  // namespace tenon_test
