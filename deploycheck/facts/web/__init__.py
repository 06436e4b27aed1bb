"""What the code says about its web applications: apps, middleware, CORS, routes, start-up, shared state."""
