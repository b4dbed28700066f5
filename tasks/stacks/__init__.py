"""A release and the throwaway S3 server it reads frames from, wherever they run."""
