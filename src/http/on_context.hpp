// Asio's parts with the context's own executor: with any_io_executor, their default, each step of a coroutine copies one or more.
#pragma once

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/basic_socket_acceptor.hpp>
#include <boost/asio/basic_stream_socket.hpp>
#include <boost/asio/basic_waitable_timer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <chrono>

namespace rekindle::on_context {

using Executor = boost::asio::io_context::executor_type;
template <class Value = void>
using Awaitable = boost::asio::awaitable<Value, Executor>;
using Socket = boost::asio::basic_stream_socket<boost::asio::ip::tcp, Executor>;
using Acceptor = boost::asio::basic_socket_acceptor<boost::asio::ip::tcp, Executor>;
using Clock = std::chrono::steady_clock;
using Timer = boost::asio::basic_waitable_timer<Clock, boost::asio::wait_traits<Clock>, Executor>;

// Errors come back as values: a client that goes away is no exception.
inline constexpr auto as_value = boost::asio::as_tuple(boost::asio::use_awaitable_t<Executor>());

}  // namespace rekindle::on_context
