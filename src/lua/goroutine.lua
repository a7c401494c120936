-- Items, arguments and results stay Lua values: the program only counts and waits.
local modules = ...
local goroutine = modules.goroutine
local map, async, await, await_all, timeout = goroutine.map, goroutine.async, goroutine.await, goroutine.await_all, goroutine.timeout
local pack, unpack, type, error, setmetatable = table.pack, table.unpack, type, error, setmetatable

local function expect(callee, position, value, kind, wanted)
  if type(value) ~= kind then
    error(("goroutine.%s: argument %d is a %s, expected a %s"):format(callee, position, type(value), wanted), 3)
  end
end

function goroutine.map(list, fn, options)
  expect("map", 1, list, "table", "list")
  expect("map", 2, fn, "function", "function")
  local results, names, count = {}, {}, #list
  for i = 1, count do
    local item = list[i]
    local kind = type(item)
    names[i] = (kind == "string" or kind == "number") and item or false
  end
  map(count, function(i)
    results[i] = fn(list[i], i)
  end, names, options)
  return results
end

local states = setmetatable({}, { __mode = "k" })
local handles = { __name = "goroutine" }

function goroutine.async(fn, ...)
  expect("async", 1, fn, "function", "function")
  local handle, state, args = setmetatable({}, handles), {}, pack(...)
  state.id = async(function()
    state.results = pack(fn(unpack(args, 1, args.n)))
  end)
  states[handle] = state
  return handle
end

local function stateOf(callee, handle)
  local state = states[handle]
  if state == nil then
    error(("goroutine.%s: takes what goroutine.async answered, not a %s"):format(callee, type(handle)), 3)
  end
  return state
end

function goroutine.await(handle)
  local state = stateOf("await", handle == nil and "" or handle)
  if not state.results then
    await(state.id)
  end
  return unpack(state.results, 1, state.results.n)
end

function goroutine.await_all(list)
  expect("await_all", 1, list, "table", "list")
  local ids, results = {}, {}
  for i = 1, #list do
    ids[i] = stateOf("await_all", list[i]).id
  end
  await_all(ids)
  for i = 1, #list do
    results[i] = states[list[i]].results[1]
  end
  return results
end

function goroutine.timeout(ms, fn, ...)
  expect("timeout", 1, ms, "number", "number of milliseconds")
  expect("timeout", 2, fn, "function", "function")
  local args, results = pack(...), nil
  timeout(ms, function()
    results = pack(fn(unpack(args, 1, args.n)))
  end)
  return unpack(results, 1, results.n)
end
