#pragma once
#include <calluna/agi/server.hpp>
#include <calluna/io/executor.hpp>
#include <calluna/log.hpp>
#include <calluna/result.hpp>
#include <calluna/runtime/script_table.hpp>

#include <nlohmann/json_fwd.hpp>

#include <cstdint>
#include <memory>
#include <set>
#include <string>
#include <vector>

namespace calluna::runtime {

/// The FastAGI server of the runtime: which app serves which path. A call that nobody serves goes
/// on in its dialplan at once. On the IO thread.
class agi_door {
 public:
  static result<std::unique_ptr<agi_door>> open(io::executor on, agi::server_options options,
                                                logger log);

  /// See script_table.
  std::vector<std::string> objections(std::string const& app,
                                      std::vector<bindings::agi_script> const& scripts) const {
    return scripts_.objections(app, scripts);
  }
  /// These scripts of the app lead to `to` from now on, and its former ones nowhere; calls that
  /// came by those stay where they are.
  void serve(std::string const& app, std::vector<bindings::agi_script> const& scripts,
             std::weak_ptr<agi_receiver> const& to);

  std::uint16_t port() const noexcept { return server_->port(); }
  nlohmann::json status() const;
  /// Takes no more calls; those there are go on.
  void stop_listening() { server_->stop_listening(); }

 private:
  explicit agi_door(logger log) : log_(std::move(log)) {}
  void arrived(std::shared_ptr<agi::connection> session);
  void unserved(std::string const& script);

  logger log_;
  script_table scripts_;
  std::set<std::string, std::less<>> told_;
  std::uint64_t unserved_ = 0;
  std::unique_ptr<agi::server> server_;
};

}  // namespace calluna::runtime
