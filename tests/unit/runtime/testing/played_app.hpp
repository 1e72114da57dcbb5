#pragma once
#include "../temporary_folder.hpp"

#include <calluna/runtime/cli.hpp>
#include <calluna/runtime/testing/test_run.hpp>

#include <gtest/gtest.h>

#include <sstream>
#include <string>

namespace calluna::runtime::testing {

/// An app with a test of its own, and what playing it told.
struct played_app : ::testing::Test {
  void play(std::string const& name, std::string const& app, std::string const& test,
            int expected) {
    folder.write(name + "/init.lua", app);
    folder.write(name + "/test.lua", test);
    options.targets = {folder / name};
    if (options.jobs == 0) options.jobs = 2;
    std::ostringstream out, err;
    EXPECT_EQ(run_tests(options, out, err), expected) << out.str() << err.str();
    told = out.str();
    mistakes = err.str();
  }
  test::temporary_folder folder;
  test_run_options options;
  std::string told, mistakes;
};

}  // namespace calluna::runtime::testing
