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
  settings.warnings = static_cast<Catch::WarnAbout::What>(settings.warnings | Catch::WarnAbout::NoAssertions);
  return session.run(argc, argv);      // a test case that asserts nothing has failed
}
