with source as (
    select * from {{ source('lake', 'run') }}
)

select * from source
