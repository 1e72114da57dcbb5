#pragma once
#include <calluna/ami/client.hpp>
#include <calluna/ari/client.hpp>
#include <calluna/clock.hpp>
#include <calluna/log.hpp>
#include <calluna/runtime/switchboard.hpp>
#include <calluna/unique_function.hpp>

#include <chrono>
#include <functional>
#include <memory>

namespace calluna::runtime {

/// Sends an action, as ami::client::submit does once it is encoded.
using ask_ami = std::function<void(ami::action const& what, std::chrono::milliseconds timeout,
                                   unique_function<void(result<ami::response>)> done)>;
/// By that client; as long as it lives.
ask_ami asking(std::shared_ptr<ami::client> const& client);

/// Asks a PBX for its channels, bridges, queues and parked calls. `done` once, where `ask` tells
/// its answers. Queues and parking lots may be missing (no such module, no right to ask: the log
/// says so); without its channels it fails, as an action does.
void read_back(ask_ami const& ask, unsigned pbx, std::shared_ptr<clock const> time, logger log,
               read_back_done done);
/// The same over ARI, which knows channels and bridges.
void read_back(std::shared_ptr<ari::client> const& from, unsigned pbx, read_back_done done);

/// Now, as calls count time.
calls::moment moment_now();

}  // namespace calluna::runtime
