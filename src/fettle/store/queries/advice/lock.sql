-- One after the other reserves a moment; who only reads does not wait.
LOCK TABLE advice IN EXCLUSIVE MODE
