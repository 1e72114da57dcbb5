#include <calluna/runtime/cli.hpp>
#include <calluna/runtime/testing/test_run.hpp>
#include <calluna/runtime/watcher.hpp>

#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>

#include <ostream>

namespace calluna::runtime::testing {

int watch_tests(test_run_options const& options, std::ostream& out, std::ostream& err) {
  boost::asio::io_context loop{1};
  auto const run = [&] {
    run_tests(options, out, err);
    out << "-- again when a file changes; Ctrl-C ends\n" << std::flush;
  };
  auto watching = watcher::create(loop.get_executor(), std::chrono::milliseconds(50), {},
                                  [&](std::set<std::filesystem::path> const&) { run(); });
  if (!watching) {
    err << "calluna test: " << watching.error().message << '\n';
    return exit_failure;
  }
  for (auto const& target : options.targets) {
    auto path = std::filesystem::absolute(target);
    // What a test file is about lies beside it.
    if (!std::filesystem::is_directory(path)) path = path.parent_path();
    (*watching)->watch(path);
  }
  boost::asio::signal_set signals(loop, SIGTERM, SIGINT);
  signals.async_wait([&](boost::system::error_code const& code, int) {
    if (!code) loop.stop();
  });
  run();
  loop.run();
  return exit_done;
}

}  // namespace calluna::runtime::testing
