// main of every test program, and the place of the tests' data.
#if __has_include(<catch2/catch_session.hpp>)
#include <catch2/catch_session.hpp>
#else
#define CATCH_CONFIG_RUNNER
#include <catch2/catch.hpp>
#endif

#include "support/paths.hpp"

const char* tenon_test::source_dir() { return TENON_TEST_DIR; }

int main(int argc, char** argv) {
  Catch::Session session;
  auto& settings = session.configData();
  // A test case that asserts nothing has failed, and so has a filter that no case passes (Catch2 3 sees to that unasked).
  int warnings = settings.warnings | Catch::WarnAbout::NoAssertions;
#if defined(CATCH_VERSION_MAJOR) && CATCH_VERSION_MAJOR < 3
  warnings |= Catch::WarnAbout::NoTests;
#endif
  settings.warnings = static_cast<Catch::WarnAbout::What>(warnings);
  return session.run(argc, argv);
}
