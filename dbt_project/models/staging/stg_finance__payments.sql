with source as (
    {{ corrected(source('lake', 'finance__payments')) }}
),

renamed as (
    select
        -- ids
        person_key,
        payee_key,
        account_key,
        _batch_id,
        _row_number,
        -- dates
        benefit_month,
        pay_date,
        person_birth_date as birth_date,
        -- categories
        programme_code,
        pay_status_code,
        person_sex_code as sex_code,
        name_masked,
        -- amounts
        due_yuan,
        paid_yuan,
        coalesce(back_months_count, 0) as back_months_count,
        -- provenance
        _corrections,
        _period_end
    from source
)

select * from renamed
