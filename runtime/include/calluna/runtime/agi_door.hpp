#pragma once
#include <calluna/agi/server.hpp>
#include <calluna/bindings/agi_script.hpp>
#include <calluna/io/executor.hpp>
#include <calluna/log.hpp>
#include <calluna/result.hpp>

#include <nlohmann/json_fwd.hpp>

#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

namespace calluna::runtime {

/// Takes calls of FastAGI to its handlers, by their numbers. On the IO thread.
class agi_receiver {
 public:
  virtual ~agi_receiver() = default;
  virtual void on_agi_call(std::uint32_t handler, std::shared_ptr<agi::connection> session) = 0;
};

/// The FastAGI server of the runtime: which app serves which path. A call that nobody serves goes
/// on in its dialplan at once. On the IO thread.
class agi_door {
 public:
  static result<std::unique_ptr<agi_door>> open(io::executor on, agi::server_options options,
                                                logger log);

  /// One line for each of `scripts` that is another app's.
  std::vector<std::string> objections(std::string const& app,
                                      std::vector<bindings::agi_script> const& scripts) const;
  /// These scripts of the app lead to `to` from now on, and its former ones nowhere; calls that
  /// came by those stay where they are.
  void serve(std::string const& app, std::vector<bindings::agi_script> const& scripts,
             std::weak_ptr<agi_receiver> to);

  std::uint16_t port() const noexcept { return server_->port(); }
  nlohmann::json status() const;
  /// Takes no more calls; those there are go on.
  void stop_listening() { server_->stop_listening(); }

 private:
  explicit agi_door(logger log) : log_(std::move(log)) {}
  void arrived(std::shared_ptr<agi::connection> session);
  void unserved(std::string const& script);

  struct place {
    std::string app;
    std::uint32_t handler;
    std::weak_ptr<agi_receiver> to;
  };
  logger log_;
  std::map<std::string, place, std::less<>> places_;
  std::set<std::string, std::less<>> told_;
  std::uint64_t unserved_ = 0;
  std::unique_ptr<agi::server> server_;
};

}  // namespace calluna::runtime
