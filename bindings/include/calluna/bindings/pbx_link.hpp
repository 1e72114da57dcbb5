#pragma once
#include <calluna/ami/client.hpp>
#include <calluna/ari/client.hpp>
#include <calluna/unique_function.hpp>

#include <chrono>
#include <string>

namespace calluna::bindings {

/// One PBX as an app reaches it. Called on the app's thread, and `done` is called there too
/// (posted, never from inside), exactly once, unless the app has been destroyed meanwhile: then
/// `done` is destroyed unused. The runtime's implementation hops to the IO thread; tests and
/// embedders may stay on one loop.
class pbx_link {
 public:
  virtual ~pbx_link() = default;
  /// Its name in the configuration.
  virtual std::string const& name() const noexcept = 0;
  virtual bool has_ami() const noexcept = 0;
  virtual bool has_ari() const noexcept = 0;
  /// For `ami::encode`; see ami::client.
  virtual ami::action_id next_action_id() noexcept = 0;
  virtual std::string const& action_id_prefix() const noexcept = 0;

  virtual void send(ami::encoded_action a, std::chrono::milliseconds timeout,
                    unique_function<void(result<ami::response>)> done) = 0;
  virtual void send(ari::request r, std::chrono::milliseconds timeout,
                    unique_function<void(result<ari::response>)> done) = 0;
};

}  // namespace calluna::bindings
